#include "once/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "once/block.h"
#include "once/state_sqlite_format.h"

int
state_fail_with(struct state *state, int status, const char *why)
{
	state->status = status;
	snprintf(state->why, sizeof state->why, "%s", why);
	return -1;
}

int
state_fail_damaged(struct state *state)
{
	return state_fail_with(state, EX_DATAERR,
	    "it is damaged: restore it from a copy, or let sqlite3's .recover "
	    "save what is left");
}

int
state_fail_memory(struct state *state)
{
	return state_fail_with(state, EX_TEMPFAIL, strerror(ENOMEM));
}

static int
fail_code(struct state *state, int code, const char *why)
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
		if (sqlite3_system_errno(state->database))
			why = strerror(sqlite3_system_errno(state->database));
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
state_fail(struct state *state)
{
	return fail_code(state, sqlite3_errcode(state->database),
	    sqlite3_errmsg(state->database));
}

int
state_execute(struct state *state, const char *sql)
{
	if (sqlite3_exec(state->database, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return state_fail(state);
}

/* Creates the file before SQLite does, which would let others read it. */
static int
find_file(struct state *state, const char *file, int flags)
{
	int fd = open(file, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat status;
	bool is_file;

	if (fd < 0)
		return state_fail_with(state,
		    flags & O_CREAT ? EX_TEMPFAIL : EX_NOINPUT,
		    strerror(errno));
	is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	close(fd);
	if (!is_file)
		return state_fail_with(state, EX_DATAERR, "it is not a file");
	/* SQLite gives no special meaning to an absolute path. */
	state->path = realpath(file, NULL);
	return state->path
		   ? 0
		   : state_fail_with(state, EX_TEMPFAIL, strerror(errno));
}

static int
open_database(struct state *state, int flags)
{
	/* Also the files beside it are for its owner alone: they get the mode
	   of the database. */
	if (sqlite3_open_v2(
		state->path ? state->path : ":memory:", &state->database,
		flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return state_fail(state);
	sqlite3_extended_result_codes(state->database, 0);
	sqlite3_busy_timeout(state->database, STATE_BUSY_MS);
	/* Together 49 MiB at most, whatever the size of the file: what a run
	   reads is seldom read again, and pages of memory that are used for the
	   first time cost more than those. A disk that fails under a map kills
	   the run, which then never happened. */
	return state_execute(state, "PRAGMA cache_size = -1024;"
				    "PRAGMA mmap_size = 50331648;"
				    "PRAGMA temp_store = FILE");
}

/*
 * WAL: `mixspool members` reads while the command runs, and a run whose pages
 * do not fit into memory writes them to the log, where they are nothing before
 * the commit. FULL: the log is on disk when the commit is over.
 */
static int
begin(struct state *state)
{
	char page[50];
	int format;

	snprintf(page, sizeof page, "PRAGMA page_size = %d", BLOCK_PAGE);
	if (format_read(state, &format) < 0 || state_execute(state, page) < 0 ||
	    state_execute(state, "PRAGMA journal_mode = WAL;"
				 "PRAGMA synchronous = FULL;"
				 "BEGIN IMMEDIATE") < 0)
		return -1;
	/* Another run may have made or changed the tables meanwhile. */
	if (format != STATE_FORMAT && (format_read(state, &format) < 0 ||
					  format_bring(state, format) < 0))
		return -1;
	/* Without --profiles the file holds ids alone. Rows of people are not
	   overwritten, which would cost a page of writing each. */
	return state_execute(state, state->has_profiles
					? "PRAGMA secure_delete = FAST"
					: "PRAGMA secure_delete = ON;"
					  "DELETE FROM profile;"
					  "PRAGMA secure_delete = FAST");
}

int
state_open(struct state *state, const char *file, bool has_profiles)
{
	*state = (struct state){.has_profiles = has_profiles};
	if (file && find_file(state, file, O_RDWR | O_CREAT) < 0)
		return -1;
	if (open_database(state, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) <
	    0)
		return -1;
	return begin(state);
}

int
state_open_to_read(struct state *state, const char *file)
{
	int format;

	*state = (struct state){0};
	if (find_file(state, file, O_RDONLY) < 0 ||
	    open_database(state, SQLITE_OPEN_READWRITE) < 0 ||
	    state_execute(state, "PRAGMA query_only = 1") < 0 ||
	    format_read(state, &format) < 0)
		return -1;
	if (format == FORMAT_NONE)
		return state_fail_with(
		    state, EX_DATAERR, "it has no members yet");
	return format == STATE_FORMAT
		   ? 0
		   : state_fail_with(state, EX_DATAERR,
			 "it is of an earlier version of mixspool: the next "
			 "run of mixspool once changes it to this one");
}

int
state_flush(struct state *state)
{
	const int code = sqlite3_db_cacheflush(state->database);

	/* This call leaves no message. */
	return code == SQLITE_OK || code == SQLITE_BUSY
		   ? 0
		   : fail_code(state, code & 0xff, sqlite3_errstr(code));
}

int
state_begin_log(struct state *state)
{
	/* SQLite syncs the head of a log before the first page of a transaction
	   is in it, and this is a page that others are seldom in. */
	if (state_execute(state, "UPDATE roster SET name = name WHERE id = 1") <
	    0)
		return -1;
	return state_flush(state);
}

void
state_write_ahead(struct state *state)
{
	/* What fails here fails again when it is committed. */
	(void)sqlite3_db_cacheflush(state->database);
}

int
state_commit(struct state *state)
{
	int has_moved = 0;

	/* What is committed to a file that is gone is lost, and the lines must
	   come again. */
	(void)sqlite3_file_control(
	    state->database, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	if (has_moved)
		return state_fail_with(state, EX_TEMPFAIL,
		    "it was moved or replaced during the run");
	return state_execute(state, "COMMIT");
}

void
state_close(struct state *state)
{
	size_t i;

	for (i = 0; i < STATE_STATEMENTS; i++)
		sqlite3_finalize(state->statements[i]);
	sqlite3_close(state->database);
	free(state->path);
	*state = (struct state){0};
}

sqlite3_stmt *
state_use(struct state *state, enum state_statement which, int count,
    const sqlite3_int64 *numbers)
{
	sqlite3_stmt **statement = &state->statements[which];
	int i;

	if (!*statement &&
	    sqlite3_prepare_v3(state->database, state_sql[which], -1,
		SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
		return NULL;
	sqlite3_reset(*statement);
	for (i = 0; i < count; i++)
		sqlite3_bind_int64(*statement, i + 1, numbers[i]);
	return *statement;
}

void
state_bind_blob(sqlite3_stmt *statement, int at, const struct token_text *text)
{
	sqlite3_bind_blob64(
	    statement, at, text->text, text->size, SQLITE_STATIC);
}

void
state_bind_text(sqlite3_stmt *statement, int at, const struct token_text *text)
{
	sqlite3_bind_text64(
	    statement, at, text->text, text->size, SQLITE_STATIC, SQLITE_UTF8);
}

int
state_step(struct state *state, sqlite3_stmt *statement)
{
	/* NULL: it was not prepared. */
	switch (statement ? sqlite3_step(statement) : SQLITE_ERROR) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		sqlite3_reset(statement);
		return 0;
	default:
		return state_fail(state);
	}
}

int
state_run(struct state *state, sqlite3_stmt *statement)
{
	return state_step(state, statement) < 0 ? -1 : 0;
}
