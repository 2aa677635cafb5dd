#include "send/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 10000

int
database_fail(struct database *database, const char *why)
{
	snprintf(database->error, sizeof database->error, "%s", why);
	return -1;
}

int
database_fail_in_sqlite(struct database *database)
{
	return database_fail(database, database->sqlite
					   ? sqlite3_errmsg(database->sqlite)
					   : strerror(ENOMEM));
}

int
database_execute(struct database *database, const char *sql)
{
	return sqlite3_exec(database->sqlite, sql, NULL, NULL, NULL) ==
		       SQLITE_OK
		   ? 0
		   : database_fail_in_sqlite(database);
}

sqlite3_int64
database_number(struct database *database, const char *sql)
{
	sqlite3_int64 result = -1;
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return -1;
	if (sqlite3_step(statement) == SQLITE_ROW)
		result = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return result;
}

/* The database must be empty or ours. */
static int
check_kind(struct database *database, const struct database_kind *kind)
{
	const sqlite3_int64 tables =
	    database_number(database, "SELECT count(*) FROM sqlite_schema");
	const sqlite3_int64 version =
	    database_number(database, "PRAGMA user_version");
	const sqlite3_int64 application =
	    database_number(database, "PRAGMA application_id");

	if (tables < 0 || version < 0)
		return database_fail_in_sqlite(database);
	if (tables == 0)
		return 0;
	if (application == kind->other)
		return database_fail(database, kind->other_is);
	if (application != kind->application)
		return database_fail(
		    database, "it is a database of something else");
	if (version < 1 || version > kind->version)
		return database_fail(
		    database, "it is of another version of mixspool");
	return 0;
}

/* Creates the file before SQLite does, which would let everybody read it. */
static int
find_file(struct database *database, const char *file, bool look_only)
{
	const int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
			  (look_only ? O_RDONLY : O_RDWR | O_CREAT);
	int fd = open(file, flags, 0600);
	struct stat status;
	bool is_file;

	if (fd < 0)
		return database_fail(database, strerror(errno));
	is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	close(fd);
	if (!is_file)
		return database_fail(database, "it is not a file");
	/* SQLite gives no special meaning to an absolute path. */
	database->path = realpath(file, NULL);
	return database->path ? 0 : database_fail(database, strerror(errno));
}

int
database_open(struct database *database, const char *file,
    const struct database_kind *kind, bool look_only)
{
	if (file && find_file(database, file, look_only) < 0)
		return -1;
	/* "" is a temporary file. */
	if (sqlite3_open_v2(database->path ? database->path : "",
		&database->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		NULL) != SQLITE_OK)
		return database_fail_in_sqlite(database);
	sqlite3_busy_timeout(database->sqlite, BUSY_MS);
	if (check_kind(database, kind) < 0)
		return -1;
	return database_execute(database, "PRAGMA synchronous = FULL");
}

static int
open_lock(struct database *database)
{
	char *name;

	if (asprintf(&name, "%s-lock", database->path) < 0)
		return database_fail(database, strerror(ENOMEM));
	database->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(name);
	return database->lock < 0 ? database_fail(database, strerror(errno))
				  : 0;
}

int
database_lock(struct database *database, off_t start, off_t size)
{
	struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
	struct flock bytes = {.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = start,
	    .l_len = size};

	if (database->lock < 0 && open_lock(database) < 0)
		return -1;
	if (fcntl(database->lock, F_OFD_SETLK, &all) < 0)
		return database_fail(database, strerror(errno));
	if (fcntl(database->lock, F_OFD_SETLK, &bytes) == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return 1;
	return database_fail(database, strerror(errno));
}

void
database_close(struct database *database)
{
	sqlite3_close(database->sqlite);
	if (database->lock >= 0)
		close(database->lock);
	free(database->path);
}
