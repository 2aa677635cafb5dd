#include "once/state_sqlite.h"

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
#include "once/state_sqlite_rows.h"

sqlite3 *
state_sqlite_database(struct state *state)
{
	return sqlite_of(state)->database;
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
	sqlite_of(state)->path = realpath(file, NULL);
	return sqlite_of(state)->path
		   ? 0
		   : state_fail_with(state, EX_TEMPFAIL, strerror(errno));
}

static int
open_database(struct state *state, int flags)
{
	/* Also the files beside it are for its owner alone: they get the mode
	   of the database. */
	if (sqlite3_open_v2(
		sqlite_of(state)->path ? sqlite_of(state)->path : ":memory:",
		&sqlite_of(state)->database, flags | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK)
		return state_sqlite_fail(state);
	sqlite3_extended_result_codes(sqlite_of(state)->database, 0);
	sqlite3_busy_timeout(sqlite_of(state)->database, STATE_BUSY_MS);
	/* Together 49 MiB at most, whatever the size of the file: what a run
	   reads is seldom read again, and pages of memory that are used for the
	   first time cost more than those. A disk that fails under a map kills
	   the run, which then never happened. */
	return state_sqlite_execute(state, "PRAGMA cache_size = -1024;"
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
	if (format_read(state, &format) < 0 ||
	    state_sqlite_execute(state, page) < 0 ||
	    state_sqlite_execute(state, "PRAGMA journal_mode = WAL;"
					"PRAGMA synchronous = FULL;"
					"BEGIN IMMEDIATE") < 0)
		return -1;
	/* Another run may have made or changed the tables meanwhile. */
	if (format != STATE_FORMAT && (format_read(state, &format) < 0 ||
					  format_bring(state, format) < 0))
		return -1;
	/* Without --profiles the file holds ids alone. Rows of people are not
	   overwritten, which would cost a page of writing each. */
	return state_sqlite_execute(state, state->has_profiles
					       ? "PRAGMA secure_delete = FAST"
					       : "PRAGMA secure_delete = ON;"
						 "DELETE FROM profile;"
						 "PRAGMA secure_delete = FAST");
}

/* Before the first call of SQLite, which one thread makes at a time. Nobody
   asks for statistics: allocations are many. */
static int
begin_session(struct state *state)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	state->session = calloc(1, sizeof(struct sqlite));
	return state->session ? 0 : state_fail_memory(state);
}

static int
sqlite_open(struct state *state, const char *file)
{
	if (begin_session(state) < 0 ||
	    (file && find_file(state, file, O_RDWR | O_CREAT) < 0) ||
	    open_database(state, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) <
		0)
		return -1;
	return begin(state);
}

static int
sqlite_open_to_read(struct state *state, const char *file)
{
	int format;

	if (begin_session(state) < 0 || find_file(state, file, O_RDONLY) < 0 ||
	    open_database(state, SQLITE_OPEN_READWRITE) < 0 ||
	    state_sqlite_execute(state, "PRAGMA query_only = 1") < 0 ||
	    format_read(state, &format) < 0)
		return -1;
	if (format == FORMAT_NONE)
		return state_fail_with(
		    state, EX_DATAERR, "it has no members yet");
	if (format != STATE_FORMAT)
		return state_fail_with(state, EX_DATAERR,
		    "it is of an earlier version of mixspool: the next "
		    "run of mixspool once changes it to this one");
	return state_sqlite_execute(state, "BEGIN");
}

static int
sqlite_init(struct state *state, const char *file)
{
	return sqlite_open(state, file) < 0
		   ? -1
		   : state_sqlite_execute(state, "COMMIT");
}

/* Makes the log of the transaction, which takes a sync of the disk that
   write_ahead has to wait for otherwise. */
static int
sqlite_prepare(struct state *state)
{
	/* SQLite syncs the head of a log before the first page of a transaction
	   is in it, and this is a page that others are seldom in. */
	return state_sqlite_execute(
		   state, "UPDATE roster SET name = name WHERE id = 1") < 0
		   ? -1
		   : state_sqlite_flush(state);
}

static void
sqlite_write_ahead(struct state *state)
{
	/* What fails here fails again when it is committed. */
	(void)sqlite3_db_cacheflush(sqlite_of(state)->database);
}

static int
sqlite_commit(struct state *state)
{
	int has_moved = 0;

	/* What is committed to a file that is gone is lost, and the lines must
	   come again. */
	(void)sqlite3_file_control(sqlite_of(state)->database, "main",
	    SQLITE_FCNTL_HAS_MOVED, &has_moved);
	if (has_moved)
		return state_fail_with(state, EX_TEMPFAIL,
		    "it was moved or replaced during the run");
	return state_sqlite_execute(state, "COMMIT");
}

static void
sqlite_close(struct state *state)
{
	struct sqlite *sqlite = sqlite_of(state);
	size_t i;

	if (!sqlite)
		return;
	for (i = 0; i < STATE_STATEMENTS; i++)
		sqlite3_finalize(sqlite->rows[i].statement);
	sqlite3_close(sqlite->database);
	free(sqlite->path);
	free(sqlite);
}

const struct state_driver state_sqlite = {
    .damaged =
	"restore it from a copy, or let sqlite3's .recover save what is left",
    .open = sqlite_open,
    .open_to_read = sqlite_open_to_read,
    .init = sqlite_init,
    .prepare = sqlite_prepare,
    .settle = state_sqlite_settle,
    .write_ahead = sqlite_write_ahead,
    .commit = sqlite_commit,
    .close = sqlite_close,
    .use = state_sqlite_use,
    .bind_text = state_sqlite_bind_text,
    .bind_blob = state_sqlite_bind_blob,
    .step = state_sqlite_step,
    .run = state_sqlite_run,
    .reset = state_sqlite_reset,
    .number = state_sqlite_number,
    .is_null = state_sqlite_is_null,
    .text = state_sqlite_text,
};
