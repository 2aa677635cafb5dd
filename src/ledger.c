#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 10000
#define FORMAT 1

enum statement { CLAIM, RECORD, RELEASE, STATEMENTS };

/* Parameters: the user, the POST, the campaign. */
static const char claim[] =
    "INSERT INTO temp.claimed (user, post) SELECT ?1, ?2 WHERE NOT EXISTS "
    "(SELECT 1 FROM main.delivered WHERE campaign = ?3 AND user = ?1) "
    "ON CONFLICT DO NOTHING";
static const char record[] =
    "INSERT INTO main.delivered (campaign, user) SELECT ?3, user "
    "FROM temp.claimed WHERE post = ?2";
static const char release[] = "DELETE FROM temp.claimed WHERE post = ?2";

static const char *const texts[STATEMENTS] = {
    [CLAIM] = claim, [RECORD] = record, [RELEASE] = release};

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
	int lock; /* or -1 */
	bool in_transaction;
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

static enum ledger_result
find_campaign(struct ledger *ledger, const struct ledger_key *key)
{
	static const char insert[] =
	    "INSERT INTO campaign (name, url, criterion) VALUES (?1, ?2, ?3) "
	    "ON CONFLICT DO UPDATE SET name = name RETURNING id";
	enum ledger_result result = LEDGER_OK;
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(
		ledger->database, insert, -1, &statement, NULL) != SQLITE_OK)
		return failed_in_sqlite(ledger);
	sqlite3_bind_text(statement, 1, key->campaign, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, key->url, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, key->criterion, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		ledger->campaign = sqlite3_column_int64(statement, 0);
	else
		result = failed_in_sqlite(ledger);
	if (sqlite3_finalize(statement) != SQLITE_OK && result == LEDGER_OK)
		result = failed_in_sqlite(ledger);
	return result;
}

static enum ledger_result
lock_campaign_of(struct ledger *ledger, const char *file)
{
	struct flock byte = {.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = (off_t)ledger->campaign,
	    .l_len = 1};
	char *name;

	if (asprintf(&name, "%s-lock", file) < 0)
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
make_file(struct ledger *ledger, const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return failed(ledger, strerror(errno));
	close(fd);
	return LEDGER_OK;
}

static enum ledger_result
open_database(struct ledger *ledger, const char *file)
{
	enum ledger_result result = LEDGER_OK;

	if (file)
		result = make_file(ledger, file);
	if (result != LEDGER_OK)
		return result;
	/* "" is a temporary file of SQLite's own. */
	if (sqlite3_open_v2(file ? file : "", &ledger->database,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		return failed_in_sqlite(ledger);
	sqlite3_busy_timeout(ledger->database, BUSY_MS);
	result = check_owner(ledger);
	if (result == LEDGER_OK)
		result = execute(ledger,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	return result;
}

static enum ledger_result
prepare(struct ledger *ledger)
{
	int i;

	if (execute(ledger, own_tables) != LEDGER_OK)
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
	enum ledger_result result = execute(ledger, "BEGIN IMMEDIATE");

	if (result != LEDGER_OK)
		return result;
	result = execute(ledger, schema);
	if (result == LEDGER_OK)
		result = find_campaign(ledger, key);
	if (result == LEDGER_OK)
		result = execute(ledger, "COMMIT");
	return result;
}

enum ledger_result
ledger_open(
    struct ledger **ledger, const char *file, const struct ledger_key *key)
{
	enum ledger_result result;

	*ledger = calloc(1, sizeof **ledger);
	if (!*ledger)
		return LEDGER_FAILED;
	(*ledger)->lock = -1;
	result = open_database(*ledger, file);
	if (result == LEDGER_OK)
		result = make_tables(*ledger, key);
	if (result == LEDGER_OK && file)
		result = lock_campaign_of(*ledger, file);
	if (result == LEDGER_OK)
		result = prepare(*ledger);
	return result;
}

static enum ledger_result
run(struct ledger *ledger, enum statement which, size_t post)
{
	sqlite3_stmt *statement = ledger->statements[which];
	int status;

	/* Parameters that a statement does not have are refused: no matter. */
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)post);
	sqlite3_bind_int64(statement, 3, ledger->campaign);
	status = sqlite3_step(statement);
	if (status != SQLITE_DONE)
		failed_in_sqlite(ledger);
	sqlite3_reset(statement);
	return status == SQLITE_DONE ? LEDGER_OK : LEDGER_FAILED;
}

enum ledger_result
ledger_claim(struct ledger *ledger, size_t post, const char *id, size_t size)
{
	enum ledger_result result;

	if (size > INT_MAX)
		return failed(ledger, strerror(EOVERFLOW));
	sqlite3_bind_text(
	    ledger->statements[CLAIM], 1, id, (int)size, SQLITE_STATIC);
	result = run(ledger, CLAIM, post);
	sqlite3_clear_bindings(ledger->statements[CLAIM]);
	if (result == LEDGER_OK && sqlite3_changes(ledger->database) == 0)
		return LEDGER_KNOWN;
	return result;
}

static enum ledger_result
begin(struct ledger *ledger)
{
	if (ledger->in_transaction)
		return LEDGER_OK;
	if (execute(ledger, "BEGIN IMMEDIATE") != LEDGER_OK)
		return LEDGER_FAILED;
	ledger->in_transaction = true;
	return LEDGER_OK;
}

enum ledger_result
ledger_record(struct ledger *ledger, size_t post)
{
	if (begin(ledger) != LEDGER_OK ||
	    run(ledger, RECORD, post) != LEDGER_OK)
		return LEDGER_FAILED;
	return run(ledger, RELEASE, post);
}

enum ledger_result
ledger_release(struct ledger *ledger, size_t post)
{
	return run(ledger, RELEASE, post);
}

enum ledger_result
ledger_commit(struct ledger *ledger)
{
	if (!ledger->in_transaction)
		return LEDGER_OK;
	ledger->in_transaction = false;
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
	free(ledger);
}
