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

#include "users/token.h"

#define STATE_BUSY_MS 1000

enum state_statement {
	STATE_FIND_ROSTER,
	STATE_ADD_ROSTER,
	STATE_NAME_ROSTER,
	STATE_COUNT_SNAPSHOT,
	STATE_FIND_SNAPSHOT,
	STATE_ADD_SNAPSHOT,
	STATE_END_SNAPSHOT,
	STATE_TOTAL_SNAPSHOT,
	STATE_ADD_PAGE,
	STATE_COUNT_PAGES,
	STATE_DELETE_PAGES,
	STATE_NEXT_OPEN_SNAPSHOT,
	STATE_GET_SNAPSHOT,
	STATE_WHOLE_ROSTER,
	STATE_FIND_CHANGE,
	STATE_FIND_MEMBER,
	STATE_PUT_CHANGE,
	STATE_COUNT_CHANGES,
	STATE_COUNT_ALL_PAGES,
	STATE_MERGE_CHANGES,
	STATE_DELETE_CHANGES,
	STATE_MISSING_MEMBERS,
	STATE_DELETE_MISSING,
	STATE_PUT_PROFILE,
	STATE_DELETE_PROFILE,
	STATE_DELETE_MISSING_PROFILES,
	STATE_FIND_KEY,
	STATE_PUT_KEY,
	STATE_STATEMENTS
};

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
int state_commit(struct state *state) MUST_USE;
/* Rolls back what was not committed. */
void state_close(struct state *state);

/* The failure of a call of SQLite, as status and why. Always -1. */
int state_fail(struct state *state);
int state_fail_with(struct state *state, int status, const char *why);

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
