/*
 * state_sqlite_format.h: the tables of a STATE: made, and brought from those of
 * an earlier version of mixspool to those of this one. Nobody is handed over
 * again by it, and a sync that is open stays so. Calls return 0, or -1, see
 * state.h.
 */
#ifndef STATE_SQLITE_FORMAT_H
#define STATE_SQLITE_FORMAT_H

#include "once/state.h"

#define FORMAT_NONE 0 /* there are no tables yet */

/* The format of a STATE, from FORMAT_NONE to STATE_FORMAT. Fails with
   EX_DATAERR for a database of something else, or of a later version. */
int format_read(struct state *state, int *format) MUST_USE;

/* Brings the tables from FORMAT to STATE_FORMAT, within the transaction of the
   run: if that is rolled back, STATE is what it was. */
int format_bring(struct state *state, int format) MUST_USE;

#endif
