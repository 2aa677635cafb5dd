/* order.h: what is sorted by keys. */
#ifndef ORDER_H
#define ORDER_H

#include <stddef.h>
#include <stdint.h>

struct order {
	uint64_t key;
	uint32_t number, hash; /* the caller's */
};

/* Sorts COUNT of them; SPARE has room for as many. */
void order_sort(struct order *orders, struct order *spare, size_t count);

#endif
