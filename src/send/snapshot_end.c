#include "send/snapshot_inside.h"

static const char remove_all[] = "DELETE FROM member WHERE cohort = ?1";
static const char remove_leaving[] =
    "DELETE FROM member WHERE cohort = ?1 AND user IN "
    "(SELECT user FROM temp.moving WHERE side = 1)";
static const char add_entering[] =
    "INSERT INTO member (cohort, user, member) "
    "SELECT ?1, user, member FROM temp.moving WHERE side = 0 ORDER BY user "
    "ON CONFLICT DO UPDATE SET member = excluded.member";
static const char note_moving[] =
    "INSERT INTO uncertain (cohort, user, member) "
    "SELECT ?1, user, member FROM temp.moving WHERE true ORDER BY user "
    "ON CONFLICT DO NOTHING";
static const char forget_moving[] = "DELETE FROM uncertain WHERE cohort = ?1";
static const char note_success[] =
    "UPDATE cohort SET synced = unixepoch(), failing = NULL, paused = NULL "
    "WHERE id = ?1";
static const char note_failure[] =
    "UPDATE cohort SET failing = coalesce(failing, unixepoch()) WHERE id = ?1";
static const char note_pause[] =
    "UPDATE cohort SET failing = coalesce(failing, unixepoch()), paused = ?2 "
    "WHERE id = ?1";
static const char note_resume[] =
    "UPDATE cohort SET paused = NULL WHERE id = ?1";
static const char read_times[] =
    "SELECT synced, failing FROM cohort WHERE id = ?1";
static const char count_members[] =
    "SELECT count(*) FROM member WHERE cohort = ?1";

/* Two numbers of a row at most. */
static int
read_numbers(struct snapshot *snapshot, const char *sql, int64_t numbers[2])
{
	struct database *database = &snapshot->database;
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return database_fail_in_sqlite(database);
	sqlite3_bind_int64(statement, 1, snapshot->cohort);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		numbers[0] = sqlite3_column_int64(statement, 0);
		numbers[1] = sqlite3_column_int64(statement, 1);
	}
	if (sqlite3_finalize(statement) != SQLITE_OK)
		return database_fail_in_sqlite(database);
	return 0;
}

/* For the next pass of --watch. */
static int
read_again(struct snapshot *snapshot)
{
	int64_t numbers[2] = {0, 0};

	if (read_numbers(snapshot, read_times, numbers) < 0)
		return -1;
	snapshot->times.synced = numbers[0];
	snapshot->times.failing = numbers[1];
	return 0;
}

int
snapshot_attempt(struct snapshot *snapshot)
{
	return snapshot_run(snapshot, note_moving, NULL);
}

int
snapshot_move(struct snapshot *snapshot, uint64_t *members)
{
	struct database *database = &snapshot->database;
	int64_t numbers[2] = {0, 0};

	if (database_execute(database, "BEGIN IMMEDIATE") < 0)
		return -1;
	if (snapshot_run(snapshot,
		snapshot->everybody ? remove_all : remove_leaving, NULL) < 0 ||
	    snapshot_run(snapshot, add_entering, NULL) < 0 ||
	    snapshot_run(snapshot, forget_moving, NULL) < 0 ||
	    snapshot_run(snapshot, note_success, NULL) < 0 ||
	    read_numbers(snapshot, count_members, numbers) < 0 ||
	    database_execute(database, "COMMIT") < 0)
		return -1;
	*members = (uint64_t)numbers[0];
	return read_again(snapshot);
}

int
snapshot_fail(struct snapshot *snapshot)
{
	return snapshot_run(snapshot, note_failure, NULL) < 0
		   ? -1
		   : read_again(snapshot);
}

int
snapshot_pause(struct snapshot *snapshot, const char *why)
{
	return snapshot_run(snapshot, note_pause, why);
}

int
snapshot_resume(struct snapshot *snapshot)
{
	snapshot->times.paused[0] = '\0';
	return snapshot_run(snapshot, note_resume, NULL);
}
