/*
 * recipients.h: who is sent: the profiles that the filter matches, and that the
 * ledger knows neither as delivered nor as on their way.
 *
 * A user is claimed for a POST, by its number, before it is sent. The end of
 * the POST settles the claim: delivered is recorded, anything else gives it up.
 */
#ifndef RECIPIENTS_H
#define RECIPIENTS_H

#include "send/filter.h"
#include "send/ledger.h"
#include "send/profiles.h"

/* In place of the number of a POST: the user is counted, but not sent. */
#define RECIPIENTS_NO_POST 0

struct recipients_fault {
	uint64_t count; /* of profiles */
	const char *file;
	uint64_t line; /* of the first one */
};

struct recipients_counts {
	uint64_t profiles, invalid, matched, reported_before, repeated;
	struct recipients_fault filter_failed, no_condition;
};

struct recipients {
	struct profiles profiles;
	struct filter *filter; /* owned; NULL: everybody matches */
	struct ledger *ledger; /* owned; NULL: nobody is remembered */
	struct recipients_counts counts;
};

/* READING_ONE: the next recipient, claimed for POST. */
enum reading recipients_next(struct recipients *recipients, uint64_t post,
    struct profile *profile) MUST_USE;

/* POST ended; recipients_commit makes that durable. 0, or -1: ledger_error. */
int recipients_settle(
    struct recipients *recipients, uint64_t post, bool is_delivered) MUST_USE;
int recipients_commit(struct recipients *recipients) MUST_USE;

/* Recipients begin as {0}, with `profiles` open. */
void recipients_close(struct recipients *recipients);

#endif
