/* ledger_inside.h: what the files of the ledger share, and nobody else. */
#ifndef LEDGER_INSIDE_H
#define LEDGER_INSIDE_H

#include "send/database.h"
#include "send/ledger.h"

enum ledger_statement {
	LEDGER_CLAIM,
	LEDGER_IS_DELIVERED,
	LEDGER_RECORD,
	LEDGER_RELEASE,
	LEDGER_STATEMENTS
};

struct ledger {
	struct database database;
	sqlite3_stmt *statements[LEDGER_STATEMENTS];
	sqlite3_int64 campaign;
	enum ledger_news news;
	enum ledger_transaction {
		LEDGER_IDLE,
		LEDGER_READING,
		LEDGER_WRITING
	} transaction;
};

/* LEDGER_FAILED, with what SQLite says for ledger_error. */
enum ledger_result ledger_fail_in_sqlite(struct ledger *ledger);

/* Statements without parameters or results. */
enum ledger_result ledger_execute(
    struct ledger *ledger, const char *sql) MUST_USE;

/* The temporary tables and the statements. */
enum ledger_result ledger_prepare(
    struct ledger *ledger, bool many_claims) MUST_USE;

/* The byte of the campaign, or all bytes, so that no other send runs; as
   database_lock. LEDGER_LOCKED: another one does. */
enum ledger_result ledger_lock_campaign(
    struct ledger *ledger, const char *name) MUST_USE;
enum ledger_result ledger_lock_all(struct ledger *ledger) MUST_USE;

#endif
