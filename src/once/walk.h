/*
 * walk.h: all people of a roster in the order of their ids, by the rows of
 * `member` and `change` together. Zero-initialised but for what the caller
 * sets.
 */
#ifndef WALK_H
#define WALK_H

#include "once/block.h"
#include "once/state.h"

struct walk_run;

struct walk {
	struct state *state;
	sqlite3_int64 roster;
	/* Deletes rows once they are read; what is added to `member` then is
	   not read. */
	bool is_taking;

	struct walk_run *runs; /* a heap: the next person first */
	size_t count, room;
	struct block block; /* of `member` */
	struct person member;
	bool has_member;
	sqlite3_int64 newest; /* the number of the last row of `member` */
	struct bytes past;    /* the id before, empty at the start */
	struct bytes first;   /* the first id of the row of `member` in hand */
};

/* Calls return 0, or -1, see state.h. */
int walk_begin(struct walk *walk) MUST_USE;

/* The next person, also those who left: 1; 0: there is none. The id is the
   walk's, until the next call. */
int walk_next(struct walk *walk, struct person *person) MUST_USE;
void walk_end(struct walk *walk);

#endif
