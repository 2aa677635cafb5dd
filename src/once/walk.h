/*
 * walk.h: all people of a roster in the order of their ids, by all of its packs
 * together. Zero-initialised but for what the caller sets.
 */
#ifndef WALK_H
#define WALK_H

#include "once/block.h"
#include "once/state.h"

struct walk_run;
struct walk_next;

struct walk {
	struct state *state;
	int64_t roster;
	int64_t from; /* the first run; 0: all of them */
	/* Deletes what is read. What is added then is not read. */
	bool is_taking;

	struct walk_run *runs;
	size_t run_count, room;
	struct walk_next *next; /* a heap of runs: the next person first */
	size_t count;
	int64_t newest;    /* the number of the last pack */
	struct bytes past; /* the id before; empty at the start */
	uint64_t past_start;
	int64_t read; /* people, also those that a newer pack has */
};

/* Calls return 0, or -1, see state.h. */
int walk_begin(struct walk *walk) MUST_USE;

/* The next person, also those who left: 1; 0: there is none. The id is the
   walk's, until the next call. */
int walk_next(struct walk *walk, struct person *person) MUST_USE;
void walk_end(struct walk *walk);

#endif
