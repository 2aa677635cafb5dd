/* pack.h: people into rows of STATE, see block.h. */
#ifndef PACK_H
#define PACK_H

#include "once/block.h"
#include "once/bytes.h"
#include "once/state.h"

struct pack {
	struct state *state;
	enum state_statement into; /* as STATE_ADD_MEMBERS */
	sqlite3_int64 roster;
	sqlite3_int64 number; /* of the next row; 0: behind all others */
	struct bytes people, first, last, hashes; /* the row in hand */
};

/* Adds one behind all others of the roster; rows that are full are written.
   0, or -1, see state.h. */
int pack_add(struct pack *pack, const struct person *person) MUST_USE;

/* Writes the row in hand, if there is one. */
int pack_end(struct pack *pack) MUST_USE;
void pack_free(struct pack *pack);

#endif
