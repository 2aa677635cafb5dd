#include "send/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 10000
#define FORMAT 1

enum statement { CLAIM, IS_DELIVERED, RECORD, RELEASE, STATEMENTS };

/* Parameters: the user, the POST, the campaign. */
static const char claim[] =
    "INSERT INTO temp.claimed (user, post) SELECT ?1, ?2 WHERE NOT EXISTS "
    "(SELECT 1 FROM main.delivered WHERE campaign = ?3 AND user = ?1) "
    "ON CONFLICT DO NOTHING";
static const char is_delivered[] = "SELECT 1 FROM main.delivered WHERE "
				   "campaign = ?3 AND user = ?1 AND ?2 >= 0";
static const char record[] =
    "INSERT INTO main.delivered (campaign, user) SELECT ?3, user "
    "FROM temp.claimed WHERE post = ?2";
static const char release[] = "DELETE FROM temp.claimed WHERE post = ?2";

static const char *const texts[STATEMENTS] = {[CLAIM] = claim,
    [IS_DELIVERED] = is_delivered,
    [RECORD] = record,
    [RELEASE] = release};

/* "mixs", by which file(1) and we know our own. */
#define APPLICATION 0x6d697873
#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

static const char schema[] = "PRAGMA application_id = " TEXT_OF(
    APPLICATION) ";"
		 "PRAGMA user_version = " TEXT_OF(
		     FORMAT) ";"
			     "CREATE TABLE IF NOT EXISTS campaign (id INTEGER "
			     "PRIMARY KEY,"
			     " name TEXT NOT NULL, url TEXT NOT NULL, "
			     "criterion TEXT NOT NULL,"
			     " UNIQUE (name, url, criterion));"
			     "CREATE TABLE IF NOT EXISTS delivered ("
			     " campaign INTEGER NOT NULL REFERENCES campaign, "
			     "user TEXT NOT NULL,"
			     " at INTEGER NOT NULL DEFAULT (unixepoch()),"
			     " PRIMARY KEY (campaign, user)) WITHOUT ROWID;";

static const char own_tables[] =
    "CREATE TEMP TABLE claimed (user TEXT PRIMARY KEY, post INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE INDEX temp.claimed_by ON claimed (post)";

struct ledger {
	sqlite3 *database;
	sqlite3_stmt *statements[STATEMENTS];
	sqlite3_int64 campaign;
	char *path; /* the real one, owned; or NULL */
	int lock;   /* or -1 */
	enum transaction { NO_TRANSACTION, READING, WRITING } transaction;
	char error[256];
};

static enum ledger_result
failed(struct ledger *ledger, const char *why)
{
	snprintf(ledger->error, sizeof ledger->error, "%s", why);
	return LEDGER_FAILED;
}

static enum ledger_result
failed_in_sqlite(struct ledger *ledger)
{
	return failed(ledger, ledger->database
				  ? sqlite3_errmsg(ledger->database)
				  : strerror(ENOMEM));
}

static enum ledger_result
execute(struct ledger *ledger, const char *sql)
{
	return sqlite3_exec(ledger->database, sql, NULL, NULL, NULL) ==
		       SQLITE_OK
		   ? LEDGER_OK
		   : failed_in_sqlite(ledger);
}

/* The number that a query without parameters gives, or -1. */
static sqlite3_int64
number(struct ledger *ledger, const char *sql)
{
	sqlite3_int64 result = -1;
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(ledger->database, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return -1;
	if (sqlite3_step(statement) == SQLITE_ROW)
		result = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return result;
}

/* That it is empty or ours. */
static enum ledger_result
check_owner(struct ledger *ledger)
{
	sqlite3_int64 tables =
	    number(ledger, "SELECT count(*) FROM sqlite_schema");

	if (tables < 0)
		return failed_in_sqlite(ledger);
	if (tables == 0)
		return LEDGER_OK;
	if (number(ledger, "PRAGMA application_id") != APPLICATION)
		return failed(ledger, "it is a database of something else");
	if (number(ledger, "PRAGMA user_version") != FORMAT)
		return failed(ledger, "it is of another version of mixspool");
	return LEDGER_OK;
}

/* The campaign that SQL gives; 0 when it gives none. */
static enum ledger_result
find_campaign(
    struct ledger *ledger, const struct ledger_key *key, const char *sql)
{
	enum ledger_result result = LEDGER_OK;
	sqlite3_stmt *statement;
	int status;

	if (sqlite3_prepare_v2(ledger->database, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return failed_in_sqlite(ledger);
	sqlite3_bind_text(statement, 1, key->campaign, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, key->url, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, key->criterion, -1, SQLITE_STATIC);
	status = sqlite3_step(statement);
	if (status == SQLITE_ROW)
		ledger->campaign = sqlite3_column_int64(statement, 0);
	else if (status != SQLITE_DONE)
		result = failed_in_sqlite(ledger);
	if (sqlite3_finalize(statement) != SQLITE_OK && result == LEDGER_OK)
		result = failed_in_sqlite(ledger);
	return result;
}

static enum ledger_result
lock_campaign_of(struct ledger *ledger)
{
	struct flock byte = {.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = (off_t)ledger->campaign,
	    .l_len = 1};
	char *name;

	if (asprintf(&name, "%s-lock", ledger->path) < 0)
		return failed(ledger, strerror(ENOMEM));
	ledger->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(name);
	if (ledger->lock >= 0 && fcntl(ledger->lock, F_OFD_SETLK, &byte) == 0)
		return LEDGER_OK;
	if (ledger->lock >= 0 && (errno == EAGAIN || errno == EACCES))
		return LEDGER_LOCKED;
	return failed(ledger, strerror(errno));
}

/* Makes the file before SQLite does, which would let all read it. */
static enum ledger_result
find_file(struct ledger *ledger, const char *file, bool look_only)
{
	const int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
			  (look_only ? O_RDONLY : O_RDWR | O_CREAT);
	int fd = open(file, flags, 0600);
	struct stat status;
	bool is_file;

	if (fd < 0)
		return failed(ledger, strerror(errno));
	is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	close(fd);
	if (!is_file)
		return failed(ledger, "it is not a file");
	/* An absolute path is none of the names that SQLite reads specially. */
	ledger->path = realpath(file, NULL);
	return ledger->path ? LEDGER_OK : failed(ledger, strerror(errno));
}

static enum ledger_result
open_database(struct ledger *ledger)
{
	enum ledger_result result;

	/* "" is a temporary file of SQLite's own. */
	if (sqlite3_open_v2(ledger->path ? ledger->path : "", &ledger->database,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		return failed_in_sqlite(ledger);
	sqlite3_busy_timeout(ledger->database, BUSY_MS);
	result = check_owner(ledger);
	if (result == LEDGER_OK)
		result = execute(ledger, "PRAGMA synchronous = FULL");
	return result;
}

static enum ledger_result
prepare(struct ledger *ledger, bool many_claims)
{
	int i;

	/* The few that are in flight are kept in memory, many in a file. */
	if (execute(ledger, many_claims
				? "PRAGMA temp_store = FILE"
				: "PRAGMA temp_store = MEMORY") != LEDGER_OK ||
	    execute(ledger, own_tables) != LEDGER_OK)
		return LEDGER_FAILED;
	for (i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(ledger->database, texts[i], -1,
			SQLITE_PREPARE_PERSISTENT, &ledger->statements[i],
			NULL) != SQLITE_OK)
			return failed_in_sqlite(ledger);
	return LEDGER_OK;
}

static enum ledger_result
make_tables(struct ledger *ledger, const struct ledger_key *key)
{
	enum ledger_result result;

	result = execute(ledger, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");
	if (result == LEDGER_OK)
		result = execute(ledger, schema);
	if (result == LEDGER_OK)
		result = find_campaign(ledger, key,
		    "INSERT INTO campaign (name, url, criterion) "
		    "VALUES (?1, ?2, ?3) "
		    "ON CONFLICT DO UPDATE SET name = name RETURNING id");
	if (result == LEDGER_OK)
		result = execute(ledger, "COMMIT");
	return result;
}

static enum ledger_result
set_up(struct ledger *ledger, const char *file, const struct ledger_key *key,
    bool look_only)
{
	enum ledger_result result = LEDGER_OK;

	if (file)
		result = find_file(ledger, file, look_only);
	if (result == LEDGER_OK)
		result = open_database(ledger);
	if (result == LEDGER_OK && look_only && file)
		result = find_campaign(ledger, key,
		    "SELECT id FROM campaign WHERE name = ?1 AND url = ?2 "
		    "AND criterion = ?3");
	else if (result == LEDGER_OK)
		result = make_tables(ledger, key);
	if (result == LEDGER_OK && file && !look_only)
		result = lock_campaign_of(ledger);
	if (result == LEDGER_OK)
		result = prepare(ledger, look_only);
	return result;
}

enum ledger_result
ledger_open(struct ledger **ledger, const char *file,
    const struct ledger_key *key, bool look_only)
{
	*ledger = calloc(1, sizeof **ledger);
	if (!*ledger)
		return LEDGER_FAILED;
	(*ledger)->lock = -1;
	return set_up(*ledger, file, key, look_only);
}

/* SQLITE_DONE, SQLITE_ROW, or else what it is has been noted. */
static int
step(struct ledger *ledger, enum statement which, uint64_t post)
{
	sqlite3_stmt *statement = ledger->statements[which];
	int status;

	/* A statement refuses parameters that it does not have: no matter. */
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)post);
	sqlite3_bind_int64(statement, 3, ledger->campaign);
	status = sqlite3_step(statement);
	if (status != SQLITE_DONE && status != SQLITE_ROW)
		failed_in_sqlite(ledger);
	sqlite3_reset(statement);
	return status;
}

static int
step_for_user(struct ledger *ledger, enum statement which, uint64_t post,
    const char *id, size_t size)
{
	sqlite3_stmt *statement = ledger->statements[which];
	int status;

	sqlite3_bind_text(statement, 1, id, (int)size, SQLITE_STATIC);
	status = step(ledger, which, post);
	sqlite3_clear_bindings(statement);
	return status;
}

static enum ledger_result
begin(struct ledger *ledger, const char *how, enum transaction transaction)
{
	if (execute(ledger, how) != LEDGER_OK)
		return LEDGER_FAILED;
	ledger->transaction = transaction;
	return LEDGER_OK;
}

enum ledger_result
ledger_claim(struct ledger *ledger, uint64_t post, const char *id, size_t size)
{
	if (size > INT_MAX)
		return failed(ledger, strerror(EOVERFLOW));
	/* One lock for many claims; nobody else writes for this campaign. */
	if (ledger->transaction == NO_TRANSACTION &&
	    begin(ledger, "BEGIN", READING) != LEDGER_OK)
		return LEDGER_FAILED;
	if (step_for_user(ledger, CLAIM, post, id, size) != SQLITE_DONE)
		return LEDGER_FAILED;
	if (sqlite3_changes(ledger->database) > 0)
		return LEDGER_OK;
	switch (step_for_user(ledger, IS_DELIVERED, post, id, size)) {
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
	/* What only reads cannot begin to write when others have written. */
	if (ledger->transaction == READING &&
	    ledger_commit(ledger) != LEDGER_OK)
		return LEDGER_FAILED;
	if (ledger->transaction == NO_TRANSACTION &&
	    begin(ledger, "BEGIN IMMEDIATE", WRITING) != LEDGER_OK)
		return LEDGER_FAILED;
	if (step(ledger, RECORD, post) != SQLITE_DONE)
		return LEDGER_FAILED;
	return ledger_release(ledger, post);
}

enum ledger_result
ledger_release(struct ledger *ledger, uint64_t post)
{
	return step(ledger, RELEASE, post) == SQLITE_DONE ? LEDGER_OK
							  : LEDGER_FAILED;
}

enum ledger_result
ledger_commit(struct ledger *ledger)
{
	if (ledger->transaction == NO_TRANSACTION)
		return LEDGER_OK;
	ledger->transaction = NO_TRANSACTION;
	return execute(ledger, "COMMIT");
}

const char *
ledger_error(const struct ledger *ledger)
{
	return ledger ? ledger->error : strerror(ENOMEM);
}

void
ledger_close(struct ledger *ledger)
{
	int i;

	if (!ledger)
		return;
	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(ledger->statements[i]);
	sqlite3_close(ledger->database);
	if (ledger->lock >= 0)
		close(ledger->lock);
	free(ledger->path);
	free(ledger);
}
