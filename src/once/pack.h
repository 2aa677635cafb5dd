/*
 * pack.h: people into packs of STATE: see the schema in state_statements.c.
 *
 * A pack is a row of `pack`, and some rows of `member` (block.h) with numbers
 * that begin with its own. The people of a run of packs, which follow each
 * other, are in the order of their ids.
 */
#ifndef PACK_H
#define PACK_H

#include "once/block.h"
#include "once/bytes.h"
#include "once/state.h"

#define PACK_MAX 16384 /* people in one */

/* The number of a row of `member` whose first person is at PLACE of a pack. */
#define PACK_ROW(pack, place) ((pack)*65536 + (place))
#define PACK_OF(row) ((row) / 65536)

struct pack {
	struct state *state;
	int64_t roster;
	int64_t number; /* of the next pack; 0: behind all others */
	/* People that are of no use: older packs have them too, or they have
	   left. Counted by the caller, for the pack in hand. */
	int64_t waste;

	int64_t run;       /* its first pack; 0: none yet */
	int64_t size, row; /* of the pack; before the row in hand */
	int64_t snapshot;  /* the oldest one */
	struct bytes people, first, last, hashes;
	struct person like; /* the row in hand */
};

/* Adds one, whose hash is HASH, behind all others of the run; what is full is
   written. 0, or -1, see state.h. */
int pack_add(
    struct pack *pack, const struct person *person, uint32_t hash) MUST_USE;

/* Writes what is in hand, if anything: the run ends. 0, or -1. */
int pack_end(struct pack *pack) MUST_USE;
void pack_free(struct pack *pack);

#endif
