/* order.h: numbers in the order of their keys. */
#ifndef ORDER_H
#define ORDER_H

#include <stddef.h>
#include <stdint.h>

struct order {
	uint64_t key;
	uint32_t number;
};

/* Sorts COUNT of them; SPARE has room for as many. */
void order_sort(struct order *orders, struct order *spare, size_t count);

#endif
