/*
 * fill.h: the reading half of a run: profiles become users in the outbox.
 */
#ifndef FILL_H
#define FILL_H

#include "send/state.h"

/* Whether a profile could be taken now. */
bool fill_wants(const struct send *send);

/* A turn of profiles. True: there is nothing to read for now. */
bool fill_turn(struct send *send);

/* The POST that is filling is complete. */
void fill_end(struct send *send);

/* The same, after fill_turn, for a part that has waited for SEND_QUIET_MS and
   would start at once. ms until then; -1 when nothing waits for that. */
int64_t fill_end_when_quiet(struct send *send);

/* In place of all that: TAKE gets each recipient, claimed for POST, until all
   profiles are read, TAKE's failure ends the run, or a stop is asked for. */
void fill_all(struct send *send, uint64_t post,
    void (*take)(struct send *send, const struct profile *profile));

/* The same: prints who would be sent, and counts them. */
uint64_t fill_dry_run(struct send *send);

#endif
