#include "once/order.h"

#include <string.h>

#define BYTES sizeof(uint64_t)
#define VALUES 256

static unsigned
byte_of(uint64_t key, size_t which)
{
	return key >> 8 * which & (VALUES - 1);
}

/* Sorts by one byte, what is equal in it as before; COUNTS has how often there
   is each. */
static void
sort_by(size_t which, const struct order *from, struct order *to, size_t count,
    const uint32_t counts[VALUES])
{
	uint32_t places[VALUES], place = 0;
	size_t i;

	for (i = 0; i < VALUES; i++) {
		places[i] = place;
		place += counts[i];
	}
	for (i = 0; i < count; i++)
		to[places[byte_of(from[i].key, which)]++] = from[i];
}

/* From the lowest byte to the highest one, but for those that are the same in
   all keys. */
void
order_sort(struct order *orders, struct order *spare, size_t count)
{
	struct order *from = orders, *to = spare, *sorted;
	uint32_t counts[BYTES][VALUES];
	size_t i, which;

	memset(counts, 0, sizeof counts);
	for (i = 0; i < count; i++)
		for (which = 0; which < BYTES; which++)
			counts[which][byte_of(orders[i].key, which)]++;
	for (which = 0; which < BYTES && count > 0; which++) {
		if (counts[which][byte_of(orders[0].key, which)] == count)
			continue;
		sort_by(which, from, to, count, counts[which]);
		sorted = to;
		to = from;
		from = sorted;
	}
	if (from != orders)
		memcpy(orders, from, count * sizeof *orders);
}
