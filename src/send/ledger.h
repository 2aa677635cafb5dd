/*
 * ledger.h: who has been delivered for a campaign, its name and its URL, in a
 * SQLite database, so that nobody is reported twice.
 *
 * A user is claimed for a POST before it is sent and recorded when the POST was
 * answered with 200. Claims die with the process: a kill at any moment leaves
 * no more than the POSTs in flight to be sent again. Records are on disk when
 * ledger_commit returns (WAL, synchronous=FULL).
 *
 * One process at a time works for one campaign: by a lock on a byte of
 * FILE-lock, the campaign's number, that ends with the process. FILE is taken
 * by its real path, so that all its names are one.
 *
 * In a state of 0.1 each filter of a campaign had users of its own. They are
 * merged when the file is opened: a user delivered with any filter is
 * delivered.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct ledger;

enum ledger_result {
	LEDGER_OK,
	LEDGER_DELIVERED, /* the user was, before */
	LEDGER_CLAIMED,   /* the user is, already */
	LEDGER_LOCKED,    /* by another process: ledger_error says how */
	LEDGER_FAILED,    /* ledger_error says why */
};

struct ledger_campaign {
	const char *name, *url;
	const char *filter; /* not a part of what it is; remembered */
};

/* What ledger_open found out about a campaign. */
enum ledger_news {
	LEDGER_NO_NEWS,
	LEDGER_OTHER_FILTER, /* than the one that is remembered */
	LEDGER_OTHER_URL,    /* new here, but the name has been used */
};

/*
 * Creates FILE, with mode 0600, when it is not there. Without FILE the ledger
 * lasts until it is closed. LOOK_ONLY changes nothing, needs FILE, and allows
 * for many claims. *LEDGER is set whatever is returned, to NULL without memory;
 * pass it to ledger_close.
 */
enum ledger_result ledger_open(struct ledger **ledger, const char *file,
    const struct ledger_campaign *campaign, bool look_only) MUST_USE;

enum ledger_news ledger_news(const struct ledger *ledger);

/* LEDGER_OK: the user is claimed for POST, a number of the caller. */
enum ledger_result ledger_claim(
    struct ledger *ledger, uint64_t post, const char *id, size_t size) MUST_USE;

/* Records or gives up the claims of POST; durable after ledger_commit. */
enum ledger_result ledger_record(struct ledger *ledger, uint64_t post) MUST_USE;
enum ledger_result ledger_release(
    struct ledger *ledger, uint64_t post) MUST_USE;
enum ledger_result ledger_commit(struct ledger *ledger) MUST_USE;

/* Why the last call failed; nothing of a user is in it. */
const char *ledger_error(const struct ledger *ledger);

void ledger_close(struct ledger *ledger);

#endif
