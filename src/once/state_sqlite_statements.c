#include "once/state_sqlite.h"

/*
 * People are packed, a hundred or so in a row of `member` (block.h): a row each
 * would take a million of them ten times as long, and twice the room.
 *
 * A row in the order of ids can be found by an id, yet ten thousand people at
 * random would change each row of a big table, and write all of it. So what a
 * run changes becomes packs of its own, behind all others, and a person is
 * looked for in all packs by hashes, which are read from one end to the other:
 * four bytes a person, a million in some milliseconds. Packs are merged when
 * they are small and many, or when much in them is out of date.
 */
const char state_sqlite_schema[] =
    "CREATE TABLE roster ("
    " id INTEGER PRIMARY KEY, campaign TEXT NOT NULL,"
    " is_form INTEGER NOT NULL, project TEXT NOT NULL, cohort TEXT NOT NULL,"
    " name TEXT NOT NULL DEFAULT '', snapshots INTEGER NOT NULL DEFAULT 0,"
    " whole_at INTEGER, UNIQUE (campaign, is_form, project, cohort));"
    "CREATE TABLE profile ("
    " roster INTEGER NOT NULL, id BLOB NOT NULL, properties TEXT NOT NULL,"
    " PRIMARY KEY (roster, id)) WITHOUT ROWID;"
    "CREATE TABLE snapshot ("
    " roster INTEGER NOT NULL, number INTEGER NOT NULL, session TEXT,"
    " total INTEGER NOT NULL, state TEXT NOT NULL, about TEXT NOT NULL,"
    " begun_at INTEGER NOT NULL, ended_at INTEGER,"
    " PRIMARY KEY (roster, number)) WITHOUT ROWID;"
    "CREATE INDEX snapshot_session ON snapshot (roster, session);"
    "CREATE INDEX snapshot_open ON snapshot (roster) WHERE state = 'open';"
    "CREATE TABLE page ("
    " roster INTEGER NOT NULL, snapshot INTEGER NOT NULL,"
    " page INTEGER NOT NULL, PRIMARY KEY (roster, snapshot, page))"
    " WITHOUT ROWID;"
    "CREATE TABLE event ("
    " campaign TEXT NOT NULL, key BLOB NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (campaign, key)) WITHOUT ROWID;";

const char state_sqlite_schema_people[] =
    "CREATE TABLE pack ("
    " number INTEGER PRIMARY KEY, roster INTEGER NOT NULL,"
    " run INTEGER NOT NULL, size INTEGER NOT NULL, waste INTEGER NOT NULL,"
    " snapshot INTEGER NOT NULL, first BLOB NOT NULL, last BLOB NOT NULL,"
    " hashes BLOB NOT NULL);"
    "CREATE TABLE member ("
    " number INTEGER PRIMARY KEY, since INTEGER,"
    " snapshot INTEGER NOT NULL, people TEXT NOT NULL);"
    "CREATE VIEW person AS SELECT roster, id, since FROM ("
    " SELECT roster, key AS id, CASE type WHEN 'integer' THEN member.since"
    " ELSE json_extract(value, '$[0]') END AS since, max(pack.number)"
    " FROM member JOIN pack ON pack.number = member.number >> 16,"
    " json_each(people) GROUP BY roster, key) WHERE since IS NOT NULL;"
    "CREATE VIEW members AS"
    " SELECT campaign, project, cohort, name, person.id AS id,"
    " datetime(since, 'unixepoch') AS since, properties"
    " FROM roster JOIN person ON person.roster = roster.id"
    " LEFT JOIN profile ON profile.roster = person.roster"
    " AND profile.id = CAST(person.id AS BLOB);";

const char state_sqlite_schema_index[] =
    "CREATE INDEX pack_run ON pack (roster, run, size, waste)";

const char *const state_sqlite_sql[STATE_STATEMENTS] = {
    [STATE_FIND_ROSTER] =
	"SELECT id, snapshots, name FROM roster WHERE is_form = ?1 AND "
	"campaign = ?2 AND project = ?3 AND cohort = ?4",
    [STATE_ADD_ROSTER] =
	"INSERT INTO roster (is_form, campaign, project, cohort, name) "
	"VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id, snapshots",
    [STATE_NAME_ROSTER] = "UPDATE roster SET name = ?2 WHERE id = ?1",
    [STATE_COUNT_SNAPSHOT] = "UPDATE roster SET snapshots = ?2 WHERE id = ?1",
    [STATE_FIND_SNAPSHOT] =
	"SELECT number, total, state FROM snapshot WHERE roster = ?1 AND "
	"session IS ?2 AND (?2 IS NOT NULL OR state = 'open') "
	"ORDER BY number DESC LIMIT 1",
    [STATE_ADD_SNAPSHOT] = "INSERT INTO snapshot VALUES (?1, ?2, ?6, ?3, "
			   "'open', ?7, ?4, NULL)",
    [STATE_END_SNAPSHOT] =
	"UPDATE snapshot SET state = ?4, ended_at = ?3 WHERE roster = ?1 AND "
	"number = ?2",
    [STATE_TOTAL_SNAPSHOT] =
	"UPDATE snapshot SET total = ?3 WHERE roster = ?1 AND number = ?2",
    [STATE_ADD_PAGE] = "INSERT OR IGNORE INTO page VALUES (?1, ?2, ?3)",
    [STATE_COUNT_PAGES] =
	"SELECT count(*) FROM page WHERE roster = ?1 AND snapshot = ?2",
    [STATE_DELETE_PAGES] =
	"DELETE FROM page WHERE roster = ?1 AND snapshot = ?2",
    [STATE_NEXT_OPEN_SNAPSHOT] =
	"SELECT roster, number FROM snapshot JOIN roster ON roster.id = "
	"snapshot.roster WHERE state = 'open' AND roster > ?1 AND "
	"campaign = ?2 ORDER BY roster LIMIT 1",
    [STATE_GET_SNAPSHOT] =
	"SELECT state, total, about, session IS NOT NULL, 0 FROM snapshot "
	"WHERE roster = ?1 AND number = ?2",
    [STATE_WHOLE_ROSTER] = "UPDATE roster SET whole_at = ?2 WHERE id = ?1",
    [STATE_NEWEST_PACK] = "SELECT max(number) FROM pack",
    [STATE_PACKS] = "SELECT number, first, last, hashes FROM pack "
		    "WHERE roster = ?1 ORDER BY run DESC",
    [STATE_RUN_SIZES] = "SELECT run, sum(size), sum(waste) FROM pack WHERE "
			"roster = ?1 GROUP BY run ORDER BY run DESC",
    [STATE_RUNS] = "SELECT run, max(number), sum(size) FROM pack WHERE "
		   "roster = ?1 AND run >= ?2 GROUP BY run",
    [STATE_OLD_PACK] =
	"SELECT 1 FROM pack WHERE roster = ?1 AND snapshot < ?2 LIMIT 1",
    [STATE_ADD_PACK] =
	"INSERT INTO pack VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [STATE_DELETE_PACKS] =
	"DELETE FROM pack WHERE roster = ?1 AND run >= ?2 AND run <= ?3",
    [STATE_ADD_MEMBERS] = "INSERT INTO member VALUES (?2, ?4, ?3, ?5)",
    [STATE_MEMBERS] =
	"SELECT number, since, snapshot, people FROM member WHERE number <= ?2 "
	"ORDER BY number DESC LIMIT 1",
    [STATE_NEXT_MEMBERS] =
	"SELECT number, since, snapshot, people FROM member WHERE number > "
	"?2 AND number < ?3 ORDER BY number LIMIT 1",
    [STATE_DELETE_MEMBERS] = "DELETE FROM member WHERE number = ?2",
    [STATE_GET_SNAPSHOTS] = "SELECT snapshots FROM roster WHERE id = ?1",
    [STATE_PUT_PROFILE] = "INSERT OR REPLACE INTO profile VALUES (?1, ?2, ?3)",
    [STATE_FIND_PROFILE] =
	"SELECT properties FROM profile WHERE roster = ?1 AND id = ?2",
    [STATE_DELETE_PROFILE] =
	"DELETE FROM profile WHERE roster = ?1 AND id = ?2",
    [STATE_PUT_KEY] =
	"INSERT INTO event (at, campaign, key) VALUES (?1, ?3, ?4) "
	"ON CONFLICT (campaign, key) DO UPDATE SET at = excluded.at "
	"WHERE ?2 > 0 AND excluded.at - event.at >= ?2 RETURNING 1",
    [STATE_TURN_BACK_KEY] = "UPDATE event SET at = ?1 WHERE campaign = ?2 AND "
			    "key = ?3 AND at > ?1",
    [STATE_COUNT_ROSTERS] =
	"SELECT count(*), min(id) FROM roster WHERE campaign = ?1 AND "
	"CASE WHEN ?2 = '-' THEN is_form ELSE NOT is_form AND "
	"(cohort = ?2 OR project || '/' || cohort = ?2) END",
    [STATE_COUNT_FORM] =
	"SELECT count(*) = 1 AND max(is_form), min(id) FROM roster "
	"WHERE campaign = ?1",
    [STATE_ROSTERS] = "SELECT id, whole_at, campaign, project, "
		      "CASE WHEN is_form THEN '-' ELSE cohort END, name "
		      "FROM roster WHERE ?1 IS NULL OR campaign = ?1 "
		      "ORDER BY campaign, is_form DESC, project, cohort",
};
