/*
 * state.h: the STATE file, a SQLite database that knows who is in. Its schema
 * is in mixspool-once(1).
 *
 * One transaction is one run: it is on disk when state_commit is 0, and a run
 * that dies before that leaves nothing of itself. Calls return 0, or -1: then
 * `status` and `why` say what is wrong, without data.
 */
#ifndef STATE_H
#define STATE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "once/state_statements.h"
#include "users/token.h"

#define STATE_BUSY_MS 1000

struct state {
	sqlite3 *database;
	sqlite3_stmt *statements[STATE_STATEMENTS];
	char *path; /* the real one, owned; or NULL: in memory */
	bool has_profiles;
	int status; /* after a failure: EX_DATAERR, the file is damaged or of
		       something else; or another one of sysexits.h */
	char why[200];
};

/*
 * Opens FILE, which is made if it is missing, for its owner alone, and begins
 * the transaction. NULL: in memory. Always followed by state_close.
 */
int state_open(
    struct state *state, const char *file, bool has_profiles) MUST_USE;
/* To look only, without a transaction; FILE must be there. */
int state_open_to_read(struct state *state, const char *file) MUST_USE;
/* Makes the log of the transaction, which takes a sync of the disk that
   state_write_ahead has to wait for otherwise. 0, or -1. */
int state_begin_log(struct state *state) MUST_USE;
/* Writes what has changed to the log, unless it is in use. */
int state_flush(struct state *state) MUST_USE;
/* Before the command runs: fails if the disk is so full that state_commit would
   fail. */
int state_settle(struct state *state) MUST_USE;
/* Writes what will be committed, as far as this can be done now: nobody sees it
   before, and state_commit has less to do. */
void state_write_ahead(struct state *state);
int state_commit(struct state *state) MUST_USE;
/* Rolls back what was not committed. */
void state_close(struct state *state);

/* The failure of a call of SQLite, as status and why. Always -1. */
int state_fail(struct state *state);
int state_fail_with(struct state *state, int status, const char *why);
int state_fail_damaged(struct state *state);
int state_fail_memory(struct state *state);

/*
 * A statement with its first parameters: a roster, or COUNT numbers. Text and
 * blobs are bound by the caller, until state_step, which runs one row: 1 there
 * is one, 0 there is none, -1. state_run: all of one without rows.
 */
sqlite3_stmt *state_use(struct state *state, enum state_statement which,
    int count, const sqlite3_int64 *numbers);
void state_bind_blob(
    sqlite3_stmt *statement, int at, const struct token_text *text);
void state_bind_text(
    sqlite3_stmt *statement, int at, const struct token_text *text);
int state_step(struct state *state, sqlite3_stmt *statement) MUST_USE;
int state_run(struct state *state, sqlite3_stmt *statement) MUST_USE;

/* One statement, or some, without parameters. */
int state_execute(struct state *state, const char *sql) MUST_USE;

#endif
