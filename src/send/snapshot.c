#include "send/snapshot.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "send/snapshot_inside.h"

/* Everybody who is in now is seen; in `moving` are those who enter (side 0) and
   leave (1), in an order that stays. 32 MiB of cache each, since ids come in no
   order. */
static const char own_tables[] =
    "PRAGMA temp_store = FILE;"
    "PRAGMA main.cache_size = -32768;"
    "PRAGMA temp.cache_size = -32768;"
    "CREATE TEMP TABLE seen (user TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TEMP TABLE moving (side INTEGER NOT NULL, place INTEGER NOT NULL,"
    " user TEXT NOT NULL, member TEXT NOT NULL,"
    " PRIMARY KEY (side, place)) WITHOUT ROWID;";

/* Parameters: 1 the cohort, 2 the user or the side, 3 the member or the first
   place, 4 a place or a count, 5 whether everybody enters. */
static const char *const texts[SNAPSHOT_STATEMENTS] = {
    [SNAPSHOT_SEE] =
	"INSERT INTO temp.seen (user) VALUES (?2) ON CONFLICT DO NOTHING",
    [SNAPSHOT_ENTER] =
	("INSERT INTO temp.moving (side, place, user, member) "
	 "SELECT 0, ?4, ?2, ?3 WHERE ?5 OR NOT EXISTS "
	 "(SELECT 1 FROM main.member WHERE cohort = ?1 AND user = ?2) OR "
	 "EXISTS "
	 "(SELECT 1 FROM main.uncertain WHERE cohort = ?1 AND user = ?2)"),
    [SNAPSHOT_COMPARE] =
	("INSERT INTO temp.moving (side, place, user, member) "
	 "SELECT 1, row_number() OVER () - 1, user, member FROM "
	 "(SELECT user, member FROM main.member WHERE cohort = ?1 AND NOT ?5 "
	 "UNION ALL SELECT user, member FROM main.uncertain AS u WHERE "
	 "cohort = ?1 AND (?5 OR NOT EXISTS (SELECT 1 FROM main.member AS m "
	 "WHERE m.cohort = ?1 AND m.user = u.user))) "
	 "WHERE user NOT IN temp.seen"),
    [SNAPSHOT_COUNT] = "SELECT count(*) FROM temp.moving WHERE side = ?2",
    [SNAPSHOT_READ] = ("SELECT member FROM temp.moving WHERE side = ?2 AND "
		       "place >= ?3 AND place < ?3 + ?4 ORDER BY place"),
};

int
snapshot_prepare(struct snapshot *snapshot)
{
	struct database *database = &snapshot->database;
	int i;

	if (database_execute(database, own_tables) < 0)
		return -1;
	for (i = 0; i < SNAPSHOT_STATEMENTS; i++)
		if (sqlite3_prepare_v3(database->sqlite, texts[i], -1,
			SQLITE_PREPARE_PERSISTENT, &snapshot->statements[i],
			NULL) != SQLITE_OK)
			return database_fail_in_sqlite(database);
	return 0;
}

int
snapshot_run(struct snapshot *snapshot, const char *sql, const char *text)
{
	struct database *database = &snapshot->database;
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		return database_fail_in_sqlite(database);
	/* Binding fails for parameters that a statement does not have: fine. */
	sqlite3_bind_int64(statement, 1, snapshot->cohort);
	sqlite3_bind_text(statement, 2, text, -1, SQLITE_STATIC);
	(void)sqlite3_step(statement);
	if (sqlite3_finalize(statement) != SQLITE_OK)
		return database_fail_in_sqlite(database);
	return 0;
}

void
snapshot_read_times(
    const struct snapshot *snapshot, struct snapshot_times *times)
{
	*times = snapshot->times;
}

int
snapshot_begin(struct snapshot *snapshot, bool everybody)
{
	snapshot->everybody = everybody;
	snapshot->entered = 0;
	/* The pass before may have ended while it staged. */
	if (!sqlite3_get_autocommit(snapshot->database.sqlite) &&
	    database_execute(&snapshot->database, "ROLLBACK") < 0)
		return -1;
	/* One transaction for all that is staged is faster by far. */
	return database_execute(&snapshot->database,
	    "DELETE FROM temp.seen; DELETE FROM temp.moving; BEGIN");
}

/* Binds and runs a statement without results. */
static int
snapshot_step(struct snapshot *snapshot, sqlite3_stmt *statement)
{
	int status;

	sqlite3_bind_int64(statement, 1, snapshot->cohort);
	sqlite3_bind_int(statement, 5, snapshot->everybody);
	status = sqlite3_step(statement);
	if (status != SQLITE_DONE && status != SQLITE_ROW)
		(void)database_fail_in_sqlite(&snapshot->database);
	sqlite3_reset(statement);
	return status == SQLITE_DONE || status == SQLITE_ROW ? 0 : -1;
}

int
snapshot_stage(struct snapshot *snapshot, const char *id, size_t id_size,
    const char *member, size_t size)
{
	sqlite3_stmt *see = snapshot->statements[SNAPSHOT_SEE];
	sqlite3_stmt *enter = snapshot->statements[SNAPSHOT_ENTER];
	sqlite3 *sqlite = snapshot->database.sqlite;
	int result;

	if (id_size > INT_MAX || size > INT_MAX)
		return database_fail(&snapshot->database, strerror(EOVERFLOW));
	sqlite3_bind_text(see, 2, id, (int)id_size, SQLITE_STATIC);
	if (snapshot_step(snapshot, see) < 0)
		return -1;
	if (sqlite3_changes(sqlite) == 0)
		return 1;
	sqlite3_bind_text(enter, 2, id, (int)id_size, SQLITE_STATIC);
	sqlite3_bind_text(enter, 3, member, (int)size, SQLITE_STATIC);
	sqlite3_bind_int64(enter, 4, (sqlite3_int64)snapshot->entered);
	result = snapshot_step(snapshot, enter);
	if (result == 0)
		snapshot->entered += (uint64_t)sqlite3_changes(sqlite);
	return result;
}

static int
count_side(struct snapshot *snapshot, int side, uint64_t *count)
{
	sqlite3_stmt *statement = snapshot->statements[SNAPSHOT_COUNT];
	int result = 0;

	sqlite3_bind_int(statement, 2, side);
	if (sqlite3_step(statement) == SQLITE_ROW)
		*count = (uint64_t)sqlite3_column_int64(statement, 0);
	else
		result = database_fail_in_sqlite(&snapshot->database);
	sqlite3_reset(statement);
	return result;
}

int
snapshot_compare(struct snapshot *snapshot, uint64_t counts[SNAPSHOT_SIDES])
{
	int side;

	if (snapshot_step(snapshot, snapshot->statements[SNAPSHOT_COMPARE]) <
		0 ||
	    database_execute(&snapshot->database, "COMMIT") < 0)
		return -1;
	for (side = 0; side < SNAPSHOT_SIDES; side++)
		if (count_side(snapshot, side, &counts[side]) < 0)
			return -1;
	return 0;
}

int
snapshot_read(struct snapshot *snapshot, enum snapshot_side side, uint64_t from,
    uint64_t count, int (*take)(void *context, const char *member, size_t size),
    void *context)
{
	sqlite3_stmt *statement = snapshot->statements[SNAPSHOT_READ];
	int status = SQLITE_DONE, result = 0;

	sqlite3_bind_int(statement, 2, (int)side);
	sqlite3_bind_int64(statement, 3, (sqlite3_int64)from);
	sqlite3_bind_int64(statement, 4, (sqlite3_int64)count);
	while (result == 0 && (status = sqlite3_step(statement)) == SQLITE_ROW)
		result = take(context,
		    (const char *)sqlite3_column_text(statement, 0),
		    (size_t)sqlite3_column_bytes(statement, 0));
	if (result == 0 && status != SQLITE_DONE)
		result = database_fail_in_sqlite(&snapshot->database);
	sqlite3_reset(statement);
	return result;
}

const char *
snapshot_error(const struct snapshot *snapshot)
{
	return snapshot ? snapshot->database.error : strerror(ENOMEM);
}
