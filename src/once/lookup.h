/* lookup.h: what STATE knows of some people of one roster. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdint.h>

#include "once/block.h"
#include "once/order.h"
#include "once/sieve.h"
#include "once/state.h"

struct slot {
	struct person person; /* `id` is set, the rest is looked up */
	int64_t roster;
	uint16_t group, same; /* people.c; the slot of the same person */
	bool is_stored, is_changed;
};

/* Some slots, at most SIEVE_MAX, of one roster: ORDER has their numbers and the
   hashes of their ids (block_hash), in the order of ids. */
struct lookup {
	struct slot *slots;
	const struct order *order;
	size_t count;
};

/* Fills them. BLOCK and SIEVE are for its use. 0, or -1, see state.h. */
int lookup_people(struct state *state, const struct lookup *lookup,
    struct block *block, struct sieve *sieve) MUST_USE;

#endif
