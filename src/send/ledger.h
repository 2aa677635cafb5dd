/*
 * ledger.h: who has been delivered for a campaign, an URL and a criterion, in a
 * SQLite database, so that nobody is reported twice.
 *
 * A user is claimed for a POST before it is sent and recorded when the POST was
 * answered with 200. Claims die with the process: a kill at any moment leaves
 * no more than the POSTs in flight to be sent again. Records are on disk when
 * ledger_commit returns (WAL, synchronous=FULL).
 *
 * One process at a time works for one campaign, URL and criterion: by a lock on
 * a byte of FILE-lock, the campaign's number, that ends with the process. FILE
 * is taken by its real path, so that all its names are one.
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
	LEDGER_DELIVERED, /* before */
	LEDGER_CLAIMED,   /* for a POST already */
	LEDGER_LOCKED,    /* another process works for it */
	LEDGER_FAILED,    /* ledger_error says why */
};

struct ledger_key {
	const char *campaign, *url, *criterion;
};

/*
 * Makes FILE, with mode 0600, unless it is there. Without FILE it remembers
 * until it is closed. LOOK_ONLY changes nothing, FILE must be there, and claims
 * may be many. *LEDGER is set whatever is returned, NULL without memory;
 * ledger_close takes it.
 */
enum ledger_result ledger_open(struct ledger **ledger, const char *file,
    const struct ledger_key *key, bool look_only) MUST_USE;

/* LEDGER_OK: the user of that id is claimed for POST, a number of the caller.
 */
enum ledger_result ledger_claim(
    struct ledger *ledger, uint64_t post, const char *id, size_t size) MUST_USE;

/* Records or gives up the claims of POST, when ledger_commit has been called.
 */
enum ledger_result ledger_record(struct ledger *ledger, uint64_t post) MUST_USE;
enum ledger_result ledger_release(
    struct ledger *ledger, uint64_t post) MUST_USE;
enum ledger_result ledger_commit(struct ledger *ledger) MUST_USE;

/* Of the call that failed last; without anything of a user. */
const char *ledger_error(const struct ledger *ledger);

void ledger_close(struct ledger *ledger);

#endif
