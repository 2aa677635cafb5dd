#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "send/snapshot_inside.h"

static const struct database_kind kind = {.application = 0x6d697863,
    .version = 1,
    .other = 0x6d697873,
    .other_is = "it is the state of campaigns, which --campaign takes"};

static const char schema[] =
    "PRAGMA application_id = 0x6d697863;"
    "PRAGMA user_version = 1;"
    "CREATE TABLE IF NOT EXISTS cohort ("
    " id INTEGER PRIMARY KEY, cohort TEXT NOT NULL, project TEXT NOT NULL,"
    " url TEXT NOT NULL, name TEXT NOT NULL, synced INTEGER, failing INTEGER,"
    " paused TEXT, UNIQUE (cohort, project, url));"
    "CREATE TABLE IF NOT EXISTS member ("
    " cohort INTEGER NOT NULL REFERENCES cohort, user TEXT NOT NULL,"
    " member TEXT NOT NULL, PRIMARY KEY (cohort, user)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS uncertain ("
    " cohort INTEGER NOT NULL REFERENCES cohort, user TEXT NOT NULL,"
    " member TEXT NOT NULL, PRIMARY KEY (cohort, user)) WITHOUT ROWID;";

/* Parameters: id, project, URL, name. */
static const char find[] = "SELECT id, synced, failing, paused FROM cohort "
			   "WHERE cohort = ?1 AND project = ?2 AND url = ?3";
static const char insert[] =
    "INSERT INTO cohort (cohort, project, url, name) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT DO UPDATE SET name = ?4";

static void
note_cohort(struct snapshot *snapshot, sqlite3_stmt *statement)
{
	const unsigned char *paused = sqlite3_column_text(statement, 3);

	snapshot->cohort = sqlite3_column_int64(statement, 0);
	snapshot->times.synced = sqlite3_column_int64(statement, 1);
	snapshot->times.failing = sqlite3_column_int64(statement, 2);
	snprintf(snapshot->times.paused, sizeof snapshot->times.paused, "%s",
	    paused ? (const char *)paused : "");
}

/* Runs one of the statements above. */
static int
ask_for(struct snapshot *snapshot, const struct snapshot_cohort *cohort,
    const char *sql)
{
	struct database *database = &snapshot->database;
	sqlite3_stmt *statement;
	int status;

	if (sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return database_fail_in_sqlite(database);
	/* Binding fails for parameters that a statement does not have: fine. */
	sqlite3_bind_text(statement, 1, cohort->id, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, cohort->project, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, cohort->url, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, cohort->name, -1, SQLITE_STATIC);
	status = sqlite3_step(statement);
	if (status == SQLITE_ROW)
		note_cohort(snapshot, statement);
	if (sqlite3_finalize(statement) != SQLITE_OK)
		return database_fail_in_sqlite(database);
	return 0;
}

static int
lock(struct snapshot *snapshot, const char *id)
{
	struct database *database = &snapshot->database;
	const int result = database_lock(database, (off_t)snapshot->cohort, 1);

	if (result > 0)
		snprintf(database->error, sizeof database->error,
		    "another send of cohort %s is running", id);
	return result;
}

static int
take_cohort(struct snapshot *snapshot, const struct snapshot_cohort *cohort)
{
	struct database *database = &snapshot->database;
	int result;

	if (database_execute(database, "PRAGMA journal_mode = WAL") < 0 ||
	    database_execute(database, "BEGIN IMMEDIATE") < 0 ||
	    database_execute(database, schema) < 0 ||
	    ask_for(snapshot, cohort, insert) < 0 ||
	    ask_for(snapshot, cohort, find) < 0 ||
	    database_execute(database, "COMMIT") < 0)
		return -1;
	result = lock(snapshot, cohort->id);
	/* The process that had the lock may have ended a sync meanwhile. */
	return result == 0 ? ask_for(snapshot, cohort, find) : result;
}

int
snapshot_open(struct snapshot **snapshot, const char *file,
    const struct snapshot_cohort *cohort, bool look_only)
{
	struct snapshot *opened = *snapshot = calloc(1, sizeof **snapshot);
	int result = -1;

	if (!opened)
		return -1;
	opened->database.lock = -1;
	if (database_open(&opened->database, file, &kind, look_only) < 0)
		return -1;
	if (!file)
		result = database_execute(&opened->database, schema);
	else if (look_only)
		result = ask_for(opened, cohort, find);
	else
		result = take_cohort(opened, cohort);
	return result == 0 ? snapshot_prepare(opened) : result;
}

void
snapshot_close(struct snapshot *snapshot)
{
	int i;

	if (!snapshot)
		return;
	for (i = 0; i < SNAPSHOT_STATEMENTS; i++)
		sqlite3_finalize(snapshot->statements[i]);
	database_close(&snapshot->database);
	free(snapshot);
}
