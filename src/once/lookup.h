/* lookup.h: what STATE knows of some people of one roster. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdint.h>

#include "once/block.h"
#include "once/state.h"

struct slot {
	struct person person; /* `id` is set, the rest is looked up */
	sqlite3_int64 roster;
	uint16_t hash; /* block_hash */
	bool is_changed;
};

/* Fills the slots from FROM to below END, which are in the order of ids, and of
   one roster. BLOCK is for its use. 0, or -1, see state.h. */
int lookup_people(struct state *state, struct block *block, struct slot *from,
    struct slot *end) MUST_USE;

#endif
