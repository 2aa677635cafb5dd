/*
 * ahead.h: rows of people, fetched before they are asked for.
 *
 * lookup.h asks for one row after the other, in the order of a pack: a question
 * to the server each would take longer than all of the rest. Where many are
 * asked for, many come at once.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "postgres/row.h"

/* Zero-initialised. */
struct ahead {
	int64_t roster, pack; /* of the last fetch; 0: there was none */
	int wanted;           /* rows, at most, of that fetch */
	int asked;            /* questions about this pack */
	bool are_many;        /* there were about the one before */
};

/* The row of STATE_MEMBERS, as state_step. */
int ahead_step(
    struct state *state, struct ahead *ahead, struct row *row) MUST_USE;

/* What is there is no longer what is stored. */
void ahead_forget(struct ahead *ahead);

#endif
