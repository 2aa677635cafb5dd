#include "send/ledger.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "send/ledger_inside.h"

/* `own` holds several campaigns only in a dry run on a state of 0.1. */
static const char own_tables[] =
    "CREATE TEMP TABLE own (id INTEGER PRIMARY KEY);"
    "CREATE TEMP TABLE claimed (user TEXT PRIMARY KEY, post INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE INDEX temp.claimed_by ON claimed (post)";

/* Parameters: the user, the POST, the campaign. */
static const char *const texts[LEDGER_STATEMENTS] = {
    [LEDGER_CLAIM] =
	"INSERT INTO temp.claimed (user, post) SELECT ?1, ?2 WHERE NOT EXISTS "
	"(SELECT 1 FROM main.delivered WHERE campaign IN temp.own AND "
	"user = ?1) ON CONFLICT DO NOTHING",
    [LEDGER_IS_DELIVERED] = "SELECT 1 FROM main.delivered WHERE campaign IN "
			    "temp.own AND user = ?1",
    [LEDGER_RECORD] = "INSERT INTO main.delivered (campaign, user) "
		      "SELECT ?3, user FROM temp.claimed WHERE post = ?2",
    [LEDGER_RELEASE] = "DELETE FROM temp.claimed WHERE post = ?2",
};

enum ledger_result
ledger_fail_in_sqlite(struct ledger *ledger)
{
	(void)database_fail_in_sqlite(&ledger->database);
	return LEDGER_FAILED;
}

enum ledger_result
ledger_execute(struct ledger *ledger, const char *sql)
{
	return database_execute(&ledger->database, sql) == 0 ? LEDGER_OK
							     : LEDGER_FAILED;
}

enum ledger_result
ledger_prepare(struct ledger *ledger, bool many_claims)
{
	int i;

	/* Claims in flight are few; those of a dry run may fill a disk. */
	if (ledger_execute(ledger,
		many_claims ? "PRAGMA temp_store = FILE"
			    : "PRAGMA temp_store = MEMORY") != LEDGER_OK ||
	    ledger_execute(ledger, own_tables) != LEDGER_OK)
		return LEDGER_FAILED;
	for (i = 0; i < LEDGER_STATEMENTS; i++)
		if (sqlite3_prepare_v3(ledger->database.sqlite, texts[i], -1,
			SQLITE_PREPARE_PERSISTENT, &ledger->statements[i],
			NULL) != SQLITE_OK)
			return ledger_fail_in_sqlite(ledger);
	return LEDGER_OK;
}

/* SQLITE_DONE or SQLITE_ROW; anything else is noted for ledger_error. */
static int
ledger_step(struct ledger *ledger, enum ledger_statement which, uint64_t post)
{
	sqlite3_stmt *statement = ledger->statements[which];
	int status;

	/* Binding fails for parameters that a statement does not have: fine. */
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)post);
	sqlite3_bind_int64(statement, 3, ledger->campaign);
	status = sqlite3_step(statement);
	if (status != SQLITE_DONE && status != SQLITE_ROW)
		ledger_fail_in_sqlite(ledger);
	sqlite3_reset(statement);
	return status;
}

static int
ledger_step_for_user(struct ledger *ledger, enum ledger_statement which,
    uint64_t post, const char *id, size_t size)
{
	sqlite3_stmt *statement = ledger->statements[which];
	int status;

	sqlite3_bind_text(statement, 1, id, (int)size, SQLITE_STATIC);
	status = ledger_step(ledger, which, post);
	sqlite3_clear_bindings(statement);
	return status;
}

static enum ledger_result
ledger_begin(
    struct ledger *ledger, const char *how, enum ledger_transaction transaction)
{
	if (ledger_execute(ledger, how) != LEDGER_OK)
		return LEDGER_FAILED;
	ledger->transaction = transaction;
	return LEDGER_OK;
}

enum ledger_result
ledger_claim(struct ledger *ledger, uint64_t post, const char *id, size_t size)
{
	if (size > INT_MAX) {
		(void)database_fail(&ledger->database, strerror(EOVERFLOW));
		return LEDGER_FAILED;
	}
	/* One lock for many claims; no other process writes for this campaign.
	 */
	if (ledger->transaction == LEDGER_IDLE &&
	    ledger_begin(ledger, "BEGIN", LEDGER_READING) != LEDGER_OK)
		return LEDGER_FAILED;
	if (ledger_step_for_user(ledger, LEDGER_CLAIM, post, id, size) !=
	    SQLITE_DONE)
		return LEDGER_FAILED;
	if (sqlite3_changes(ledger->database.sqlite) > 0)
		return LEDGER_OK;
	switch (
	    ledger_step_for_user(ledger, LEDGER_IS_DELIVERED, post, id, size)) {
	case SQLITE_ROW:
		return LEDGER_DELIVERED;
	case SQLITE_DONE:
		return LEDGER_CLAIMED;
	default:
		return LEDGER_FAILED;
	}
}

enum ledger_result
ledger_record(struct ledger *ledger, uint64_t post)
{
	/* A reading transaction cannot turn to writing after others wrote. */
	if (ledger->transaction == LEDGER_READING &&
	    ledger_commit(ledger) != LEDGER_OK)
		return LEDGER_FAILED;
	if (ledger->transaction == LEDGER_IDLE &&
	    ledger_begin(ledger, "BEGIN IMMEDIATE", LEDGER_WRITING) !=
		LEDGER_OK)
		return LEDGER_FAILED;
	if (ledger_step(ledger, LEDGER_RECORD, post) != SQLITE_DONE)
		return LEDGER_FAILED;
	return ledger_release(ledger, post);
}

enum ledger_result
ledger_release(struct ledger *ledger, uint64_t post)
{
	return ledger_step(ledger, LEDGER_RELEASE, post) == SQLITE_DONE
		   ? LEDGER_OK
		   : LEDGER_FAILED;
}

enum ledger_result
ledger_commit(struct ledger *ledger)
{
	if (ledger->transaction == LEDGER_IDLE)
		return LEDGER_OK;
	ledger->transaction = LEDGER_IDLE;
	return ledger_execute(ledger, "COMMIT");
}

enum ledger_news
ledger_news(const struct ledger *ledger)
{
	return ledger->news;
}

const char *
ledger_error(const struct ledger *ledger)
{
	return ledger ? ledger->database.error : strerror(ENOMEM);
}

void
ledger_close(struct ledger *ledger)
{
	int i;

	if (!ledger)
		return;
	for (i = 0; i < LEDGER_STATEMENTS; i++)
		sqlite3_finalize(ledger->statements[i]);
	database_close(&ledger->database);
	free(ledger);
}
