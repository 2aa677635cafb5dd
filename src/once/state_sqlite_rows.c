#include "once/state_sqlite_rows.h"

#include <string.h>
#include <sysexits.h>

static int
fail_as(struct state *state, int code, const char *why)
{
	int status = EX_TEMPFAIL;

	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		why = "another run is using it";
		break;
	case SQLITE_NOTADB:
		why = "it is not a database of mixspool once";
		status = EX_DATAERR;
		break;
	case SQLITE_CORRUPT:
		return state_fail_damaged(state);
	case SQLITE_FULL:
		why = "the disk is full";
		break;
	case SQLITE_IOERR:
		if (sqlite3_system_errno(sqlite_of(state)->database))
			why = strerror(
			    sqlite3_system_errno(sqlite_of(state)->database));
		break;
	case SQLITE_CANTOPEN:
		why = "it cannot be opened, or its folder cannot be written";
		break;
	default:
		break;
	}
	return state_fail_with(state, status, why);
}

int
state_sqlite_fail(struct state *state)
{
	return fail_as(state, sqlite3_errcode(sqlite_of(state)->database),
	    sqlite3_errmsg(sqlite_of(state)->database));
}

int
state_sqlite_flush(struct state *state)
{
	const int code = sqlite3_db_cacheflush(sqlite_of(state)->database);

	/* Unlike the others, this call leaves no error in the database. */
	return code == SQLITE_OK || code == SQLITE_BUSY
		   ? 0
		   : fail_as(state, code & 0xff, sqlite3_errstr(code));
}

int
state_sqlite_execute(struct state *state, const char *sql)
{
	if (sqlite3_exec(sqlite_of(state)->database, sql, NULL, NULL, NULL) ==
	    SQLITE_OK)
		return 0;
	return state_sqlite_fail(state);
}

static sqlite3_stmt *
statement_of(struct state_row *row)
{
	return ((struct sqlite_row *)row)->statement;
}

struct state_row *
state_sqlite_use(struct state *state, enum state_statement which, int count,
    const int64_t *numbers)
{
	struct sqlite *sqlite = sqlite_of(state);
	struct sqlite_row *row = &sqlite->rows[which];
	int i;

	row->row.driver = &state_sqlite;
	if (row->statement)
		sqlite3_reset(row->statement);
	else
		(void)sqlite3_prepare_v3(sqlite->database,
		    state_sqlite_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
		    &row->statement, NULL);
	/* Not each number counts in a file: see the statements. */
	for (i = 0; i < count; i++)
		(void)sqlite3_bind_int64(row->statement, i + 1, numbers[i]);
	return &row->row;
}

void
state_sqlite_bind_text(
    struct state_row *row, int at, const struct token_text *text)
{
	if (text)
		sqlite3_bind_text64(statement_of(row), at, text->text,
		    text->size, SQLITE_STATIC, SQLITE_UTF8);
	else
		sqlite3_bind_null(statement_of(row), at);
}

void
state_sqlite_bind_blob(
    struct state_row *row, int at, const struct token_text *text)
{
	sqlite3_bind_blob64(
	    statement_of(row), at, text->text, text->size, SQLITE_STATIC);
}

int
state_sqlite_step(struct state *state, struct state_row *row)
{
	sqlite3_stmt *statement = statement_of(row);

	switch (statement ? sqlite3_step(statement) : SQLITE_ERROR) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		sqlite3_reset(statement);
		return 0;
	default:
		return state_sqlite_fail(state);
	}
}

int
state_sqlite_run(struct state *state, struct state_row *row)
{
	return state_sqlite_step(state, row) < 0 ? -1 : 0;
}

void
state_sqlite_reset(struct state_row *row)
{
	sqlite3_reset(statement_of(row));
}

int64_t
state_sqlite_number(struct state_row *row, int column)
{
	return sqlite3_column_int64(statement_of(row), column);
}

bool
state_sqlite_is_null(struct state_row *row, int column)
{
	return sqlite3_column_type(statement_of(row), column) == SQLITE_NULL;
}

/* SQLite gives a blob without bytes as NULL. */
struct token_text
state_sqlite_text(struct state_row *row, int column)
{
	const char *text = sqlite3_column_blob(statement_of(row), column);

	return (struct token_text){text ? text : "",
	    (size_t)sqlite3_column_bytes(statement_of(row), column), NULL};
}
