/* lookup.h: what STATE knows of some people of one roster. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdint.h>

#include "once/block.h"
#include "once/sieve.h"
#include "once/state.h"

struct slot {
	struct person person; /* `id` is set, the rest is looked up */
	sqlite3_int64 roster;
	uint32_t hash; /* block_hash */
	bool is_stored, is_changed;
};

/* For the use of lookup_people. Zero-initialised but for the sieve. */
struct lookup {
	struct block block;
	struct sieve sieve;
};

/* Fills the slots from FROM to below END, at most SIEVE_MAX, which are in the
   order of ids, and of one roster. 0, or -1, see state.h. */
int lookup_people(struct state *state, struct lookup *lookup, struct slot *from,
    struct slot *end) MUST_USE;

#endif
