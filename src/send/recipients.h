/*
 * recipients.h: from profiles to the POSTs of a delivery: who matches and was
 * not sent before, and what the ledger remembers of them.
 *
 * A user is claimed for a POST before it is sent. When it was delivered that is
 * recorded, else the claim is given up, before the POST is used again. Users
 * who are not sent are counted in `tally->left`.
 *
 * What makes it impossible to go on is said and noted in `status`, and the
 * delivery is stopping then.
 */
#ifndef RECIPIENTS_H
#define RECIPIENTS_H

#include "send/filter.h"
#include "send/ledger.h"
#include "send/send_options.h"
#include "tool/meter.h"

struct gather_place {
	const char *file;
	uint64_t line;
};

struct gather {
	const struct send_options *options;
	struct filter *filter; /* or NULL: everybody matches */
	struct ledger *ledger; /* or NULL: nobody is remembered */
	struct delivery *delivery;
	struct tally *tally;
	const struct meter *meter;
	const volatile sig_atomic_t *stop; /* the signal that came, or 0 */
	struct post *post; /* one that is not full yet, or NULL */
	struct gather_place filter_failed; /* for the first time */
	struct gather_place no_condition;
	int status; /* what to exit with for what ended it, or EX_OK */
};

/* Whether a profile can be taken now: not while all POSTs are in use, but when
   the delivery is stopping, as who is left is counted. */
bool gather_has_room(struct gather *gather);

/* When there is room, or in a rehearsal, which prints who would be sent. */
void gather_take(struct gather *gather, const struct profile *profile);

/* There are no more profiles: the last POST need not be full. */
void gather_finish(struct gather *gather);

/* Remembers what became of the POSTs that are delivered or given up. */
void gather_settle(struct gather *gather);

/* For the caller's own lack of memory, too. */
void gather_fail_without_memory(struct gather *gather);

/* Of how many profiles the filter could not tell, and of which first. */
void gather_say_filter_faults(const struct gather *gather);

#endif
