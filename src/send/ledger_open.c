#include "send/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "send/ledger_inside.h"

#define BUSY_MS 10000
#define FORMAT 1

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

static const char *const texts[LEDGER_STATEMENTS] = {[LEDGER_CLAIM] = claim,
    [LEDGER_IS_DELIVERED] = is_delivered,
    [LEDGER_RECORD] = record,
    [LEDGER_RELEASE] = release};

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
		return ledger_fail_in_sqlite(ledger);
	if (tables == 0)
		return LEDGER_OK;
	if (number(ledger, "PRAGMA application_id") != APPLICATION)
		return ledger_fail(
		    ledger, "it is a database of something else");
	if (number(ledger, "PRAGMA user_version") != FORMAT)
		return ledger_fail(
		    ledger, "it is of another version of mixspool");
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
		return ledger_fail_in_sqlite(ledger);
	sqlite3_bind_text(statement, 1, key->campaign, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, key->url, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, key->criterion, -1, SQLITE_STATIC);
	status = sqlite3_step(statement);
	if (status == SQLITE_ROW)
		ledger->campaign = sqlite3_column_int64(statement, 0);
	else if (status != SQLITE_DONE)
		result = ledger_fail_in_sqlite(ledger);
	if (sqlite3_finalize(statement) != SQLITE_OK && result == LEDGER_OK)
		result = ledger_fail_in_sqlite(ledger);
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
		return ledger_fail(ledger, strerror(ENOMEM));
	ledger->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(name);
	if (ledger->lock >= 0 && fcntl(ledger->lock, F_OFD_SETLK, &byte) == 0)
		return LEDGER_OK;
	if (ledger->lock >= 0 && (errno == EAGAIN || errno == EACCES))
		return LEDGER_LOCKED;
	return ledger_fail(ledger, strerror(errno));
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
		return ledger_fail(ledger, strerror(errno));
	is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	close(fd);
	if (!is_file)
		return ledger_fail(ledger, "it is not a file");
	/* An absolute path is none of the names that SQLite reads specially. */
	ledger->path = realpath(file, NULL);
	return ledger->path ? LEDGER_OK : ledger_fail(ledger, strerror(errno));
}

static enum ledger_result
open_database(struct ledger *ledger)
{
	enum ledger_result result;

	/* "" is a temporary file of SQLite's own. */
	if (sqlite3_open_v2(ledger->path ? ledger->path : "", &ledger->database,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		return ledger_fail_in_sqlite(ledger);
	sqlite3_busy_timeout(ledger->database, BUSY_MS);
	result = check_owner(ledger);
	if (result == LEDGER_OK)
		result = ledger_execute(ledger, "PRAGMA synchronous = FULL");
	return result;
}

static enum ledger_result
prepare(struct ledger *ledger, bool many_claims)
{
	int i;

	/* The few that are in flight are kept in memory, many in a file. */
	if (ledger_execute(ledger,
		many_claims ? "PRAGMA temp_store = FILE"
			    : "PRAGMA temp_store = MEMORY") != LEDGER_OK ||
	    ledger_execute(ledger, own_tables) != LEDGER_OK)
		return LEDGER_FAILED;
	for (i = 0; i < LEDGER_STATEMENTS; i++)
		if (sqlite3_prepare_v3(ledger->database, texts[i], -1,
			SQLITE_PREPARE_PERSISTENT, &ledger->statements[i],
			NULL) != SQLITE_OK)
			return ledger_fail_in_sqlite(ledger);
	return LEDGER_OK;
}

static enum ledger_result
make_tables(struct ledger *ledger, const struct ledger_key *key)
{
	enum ledger_result result;

	result = ledger_execute(
	    ledger, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");
	if (result == LEDGER_OK)
		result = ledger_execute(ledger, schema);
	if (result == LEDGER_OK)
		result = find_campaign(ledger, key,
		    "INSERT INTO campaign (name, url, criterion) "
		    "VALUES (?1, ?2, ?3) "
		    "ON CONFLICT DO UPDATE SET name = name RETURNING id");
	if (result == LEDGER_OK)
		result = ledger_execute(ledger, "COMMIT");
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
