/* state_sqlite_rows.h: the statements of state_sqlite.h, and their rows. The
   calls do what state.h says. */
#ifndef STATE_SQLITE_ROWS_H
#define STATE_SQLITE_ROWS_H

#include "once/state_sqlite.h"

struct sqlite_row {
	struct state_row row;
	sqlite3_stmt *statement; /* NULL: not prepared yet, or not at all */
};

struct sqlite {
	sqlite3 *database;
	char *path; /* the real one, owned; or NULL: in memory */
	struct sqlite_row rows[STATE_STATEMENTS];
};

static inline struct sqlite *
sqlite_of(struct state *state)
{
	return state->session;
}

/* The failure of a call of SQLite, as status and why. Always -1. */
int state_sqlite_fail(struct state *state);

/* Writes what is in the cache to the log. 0, or -1. */
int state_sqlite_flush(struct state *state) MUST_USE;

/* One statement, or some, without parameters. 0, or -1. */
int state_sqlite_execute(struct state *state, const char *sql) MUST_USE;

/* The driver's settle: fails if the disk is so full that the commit would. */
int state_sqlite_settle(struct state *state) MUST_USE;

struct state_row *state_sqlite_use(struct state *state,
    enum state_statement which, int count, const int64_t *numbers);
void state_sqlite_bind_text(
    struct state_row *row, int at, const struct token_text *text);
void state_sqlite_bind_blob(
    struct state_row *row, int at, const struct token_text *text);
int state_sqlite_step(struct state *state, struct state_row *row) MUST_USE;
int state_sqlite_run(struct state *state, struct state_row *row) MUST_USE;
void state_sqlite_reset(struct state_row *row);
int64_t state_sqlite_number(struct state_row *row, int column);
bool state_sqlite_is_null(struct state_row *row, int column);
struct token_text state_sqlite_text(struct state_row *row, int column);

#endif
