/*
 * keys.h: what alerts and events are known by.
 *
 * All keys of the lines in hand are noted together, in their order: two runs
 * that share STATE do not wait for each other crosswise, and do not ask for one
 * after the other.
 */
#ifndef KEYS_H
#define KEYS_H

#include "once/docket.h"

/*
 * Notes the key of each line that is neither of a form nor of a cohort, at NOW,
 * in seconds. A line passes that has none; and one whose key is new, or was
 * last noted AGAIN seconds ago, if that is not 0. 0, or -1, see state.h.
 */
int keys_note(struct state *state, struct docket *docket, int64_t now,
    int64_t again) MUST_USE;

#endif
