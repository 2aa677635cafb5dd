#include "send/ledger.h"

#include <stdlib.h>

#include "send/ledger_inside.h"

#define FORMAT_OF_0_1 1

/* "mixs" and "mixc", by which file(1) knows them, too. */
static const struct database_kind kind = {.application = 0x6d697873,
    .version = 2,
    .other = 0x6d697863,
    .other_is = "it is the state of cohorts, which --cohort takes"};

static const char schema[] =
    "PRAGMA application_id = 0x6d697873;"
    "PRAGMA user_version = 2;"
    "CREATE TABLE IF NOT EXISTS campaign ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL,"
    " criterion TEXT NOT NULL, UNIQUE (name, url));"
    "CREATE TABLE IF NOT EXISTS delivered ("
    " campaign INTEGER NOT NULL REFERENCES campaign, user TEXT NOT NULL,"
    " at INTEGER NOT NULL DEFAULT (unixepoch()),"
    " PRIMARY KEY (campaign, user)) WITHOUT ROWID;";

/* The newest campaign of a name and URL gets the users of all of them. The
   other columns that go with max(id) come from its row: SQLite, "Bare columns".
 */
static const char merge[] =
    "CREATE TABLE merged ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL,"
    " criterion TEXT NOT NULL, UNIQUE (name, url));"
    "INSERT INTO merged (id, name, url, criterion)"
    " SELECT max(id), name, url, criterion FROM campaign GROUP BY name, url;"
    "INSERT OR IGNORE INTO delivered (campaign, user, at)"
    " SELECT merged.id, user, at FROM delivered"
    " JOIN campaign ON campaign.id = delivered.campaign"
    " JOIN merged ON merged.name = campaign.name AND merged.url = campaign.url"
    " WHERE merged.id <> campaign.id ORDER BY at;"
    "DELETE FROM delivered WHERE campaign NOT IN (SELECT id FROM merged);"
    "DROP TABLE campaign;"
    "ALTER TABLE merged RENAME TO campaign;";

/* Parameters: name, URL, filter. Results: the campaign, and its news. */
static const char find[] =
    "SELECT id, criterion <> ?3 FROM campaign WHERE name = ?1 AND url = ?2 "
    "ORDER BY id DESC LIMIT 1";
static const char find_name[] =
    "SELECT 0, 2 FROM campaign WHERE name = ?1 LIMIT 1";
static const char insert[] = "INSERT INTO campaign (name, url, criterion) "
			     "VALUES (?1, ?2, ?3) RETURNING id";
static const char remember_filter[] =
    "UPDATE campaign SET criterion = ?3 WHERE name = ?1 AND url = ?2";
static const char note_own[] = "INSERT INTO temp.own SELECT id FROM campaign "
			       "WHERE name = ?1 AND url = ?2";

/* 0 when it is empty; -1: it could not be read. */
static sqlite3_int64
query_version(struct ledger *ledger)
{
	return database_number(&ledger->database, "PRAGMA user_version");
}

/* Runs one of the statements above and notes its results, if any. */
static enum ledger_result
ask_for(struct ledger *ledger, const struct ledger_campaign *campaign,
    const char *sql)
{
	enum ledger_result result = LEDGER_OK;
	sqlite3_stmt *statement;
	int status, news = (int)ledger->news;

	if (sqlite3_prepare_v2(ledger->database.sqlite, sql, -1, &statement,
		NULL) != SQLITE_OK)
		return ledger_fail_in_sqlite(ledger);
	/* Binding fails for parameters that a statement does not have: fine. */
	sqlite3_bind_text(statement, 1, campaign->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, campaign->url, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, campaign->filter, -1, SQLITE_STATIC);
	status = sqlite3_step(statement);
	if (status == SQLITE_ROW) {
		ledger->campaign = sqlite3_column_int64(statement, 0);
		if (sqlite3_column_count(statement) > 1)
			news = sqlite3_column_int(statement, 1);
		ledger->news = (enum ledger_news)news;
	} else if (status != SQLITE_DONE) {
		result = ledger_fail_in_sqlite(ledger);
	}
	if (sqlite3_finalize(statement) != SQLITE_OK && result == LEDGER_OK)
		result = ledger_fail_in_sqlite(ledger);
	return result;
}

/* Finds the campaign; ledger->campaign stays 0 when it is new. */
static enum ledger_result
look_up(struct ledger *ledger, const struct ledger_campaign *campaign)
{
	enum ledger_result result = ask_for(ledger, campaign, find);

	if (result == LEDGER_OK && ledger->campaign == 0)
		result = ask_for(ledger, campaign, find_name);
	return result;
}

static enum ledger_result
merge_if_of_0_1(struct ledger *ledger)
{
	sqlite3_int64 version = query_version(ledger);

	if (version < 0)
		return ledger_fail_in_sqlite(ledger);
	return version == FORMAT_OF_0_1 ? ledger_execute(ledger, merge)
					: LEDGER_OK;
}

/* One transaction: a state of 0.1 is converted, the campaign added. */
static enum ledger_result
add_campaign(struct ledger *ledger, const struct ledger_campaign *campaign)
{
	enum ledger_result result;

	result = ledger_execute(
	    ledger, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");
	if (result == LEDGER_OK)
		result = merge_if_of_0_1(ledger);
	if (result == LEDGER_OK)
		result = ledger_execute(ledger, schema);
	if (result == LEDGER_OK)
		result = look_up(ledger, campaign);
	if (result == LEDGER_OK && ledger->campaign == 0)
		result = ask_for(ledger, campaign, insert);
	if (result == LEDGER_OK)
		result = ledger_execute(ledger, "COMMIT");
	return result;
}

static enum ledger_result
take_campaign(struct ledger *ledger, const struct ledger_campaign *campaign)
{
	const sqlite3_int64 version = query_version(ledger);
	enum ledger_result result = LEDGER_OK;

	if (version < 0)
		return ledger_fail_in_sqlite(ledger);
	/* A running send of 0.1 would record users for a campaign that is gone.
	 */
	if (result == LEDGER_OK && ledger->database.path &&
	    version == FORMAT_OF_0_1)
		result = ledger_lock_all(ledger);
	if (result == LEDGER_OK)
		result = add_campaign(ledger, campaign);
	if (result == LEDGER_OK && ledger->database.path)
		result = ledger_lock_campaign(ledger, campaign->name);
	/* Under the lock: another send may be running with its own filter. */
	if (result == LEDGER_OK && ledger->news == LEDGER_OTHER_FILTER)
		result = ask_for(ledger, campaign, remember_filter);
	return result;
}

static enum ledger_result
open_and_prepare(struct ledger *ledger, const char *file,
    const struct ledger_campaign *campaign, bool look_only)
{
	enum ledger_result result = LEDGER_FAILED;

	if (database_open(&ledger->database, file, &kind, look_only) == 0)
		result = look_only && file ? look_up(ledger, campaign)
					   : take_campaign(ledger, campaign);
	if (result == LEDGER_OK)
		result = ledger_prepare(ledger, look_only);
	if (result == LEDGER_OK)
		result = ask_for(ledger, campaign, note_own);
	return result;
}

enum ledger_result
ledger_open(struct ledger **ledger, const char *file,
    const struct ledger_campaign *campaign, bool look_only)
{
	*ledger = calloc(1, sizeof **ledger);
	if (!*ledger)
		return LEDGER_FAILED;
	(*ledger)->database.lock = -1;
	return open_and_prepare(*ledger, file, campaign, look_only);
}
