#include "once/state_statements.h"

/*
 * A member's row has small integers and the id alone, in the order of its key:
 * a million of them must not take 120 MB. `since` is NULL for those who left
 * while the newest snapshot can still have pages to come.
 *
 * A run of ten thousand changes at random would touch each page of a big table,
 * and write all of it. So changes go to a table of their own, which counts
 * before `member`, and is merged into that when it is large enough.
 */
const char state_schema[] =
    "CREATE TABLE roster ("
    " id INTEGER PRIMARY KEY, campaign TEXT NOT NULL,"
    " is_form INTEGER NOT NULL, project TEXT NOT NULL, cohort TEXT NOT NULL,"
    " name TEXT NOT NULL DEFAULT '', snapshots INTEGER NOT NULL DEFAULT 0,"
    " whole_at INTEGER, UNIQUE (campaign, is_form, project, cohort));"
    "CREATE TABLE member ("
    " roster INTEGER NOT NULL, id BLOB NOT NULL, since INTEGER,"
    " snapshot INTEGER NOT NULL,"
    " PRIMARY KEY (roster, id)) WITHOUT ROWID;"
    "CREATE TABLE change ("
    " roster INTEGER NOT NULL, id BLOB NOT NULL, since INTEGER,"
    " snapshot INTEGER NOT NULL,"
    " PRIMARY KEY (roster, id)) WITHOUT ROWID;"
    "CREATE VIEW person AS SELECT roster, id, since FROM change"
    " WHERE since IS NOT NULL"
    " UNION ALL SELECT roster, id, since FROM member"
    " WHERE since IS NOT NULL AND NOT EXISTS (SELECT 1 FROM change"
    " WHERE change.roster = member.roster AND change.id = member.id);"
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
    " PRIMARY KEY (campaign, key)) WITHOUT ROWID;"
    "CREATE VIEW members AS"
    " SELECT campaign, project, cohort, name, CAST(person.id AS TEXT) AS id,"
    " datetime(since, 'unixepoch') AS since, properties"
    " FROM roster JOIN person ON person.roster = roster.id"
    " LEFT JOIN profile ON profile.roster = person.roster"
    " AND profile.id = person.id;";

/* Numbers come first among the parameters, see state_use. */
const char *const state_sql[STATE_STATEMENTS] = {
    [STATE_FIND_ROSTER] =
	"SELECT id, snapshots, name FROM roster WHERE is_form = ?1 AND "
	"campaign = ?2 AND project = ?3 AND cohort = ?4",
    [STATE_ADD_ROSTER] = "INSERT INTO roster (is_form, campaign, project, "
			 "cohort, name) VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATE_NAME_ROSTER] = "UPDATE roster SET name = ?2 WHERE id = ?1",
    [STATE_COUNT_SNAPSHOT] = "UPDATE roster SET snapshots = ?2 WHERE id = ?1",
    [STATE_FIND_SNAPSHOT] =
	"SELECT number, total, state FROM snapshot WHERE roster = ?1 AND "
	"session IS ?2 AND (?2 IS NOT NULL OR state = 'open') "
	"ORDER BY number DESC LIMIT 1",
    [STATE_ADD_SNAPSHOT] = "INSERT INTO snapshot VALUES (?1, ?2, ?5, ?3, "
			   "'open', ?6, ?4, NULL)",
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
	"SELECT roster, number FROM snapshot WHERE state = 'open' AND "
	"roster > ?1 ORDER BY roster LIMIT 1",
    [STATE_GET_SNAPSHOT] =
	"SELECT state, total, about, session IS NOT NULL FROM snapshot "
	"WHERE roster = ?1 AND number = ?2",
    [STATE_WHOLE_ROSTER] = "UPDATE roster SET whole_at = ?2 WHERE id = ?1",
    [STATE_FIND_CHANGE] =
	"SELECT since, snapshot FROM change WHERE roster = ?1 AND id = ?2",
    [STATE_FIND_MEMBER] =
	"SELECT since, snapshot FROM member WHERE roster = ?1 AND id = ?2",
    [STATE_PUT_CHANGE] = "INSERT OR REPLACE INTO change (roster, since, "
			 "snapshot, id) VALUES (?1, ?2, ?3, ?4)",
    [STATE_COUNT_CHANGES] = "SELECT count(*) FROM change",
    [STATE_COUNT_ALL_PAGES] = "SELECT page_count FROM pragma_page_count",
    [STATE_MERGE_CHANGES] = "INSERT OR REPLACE INTO member SELECT roster, id, "
			    "since, snapshot FROM change",
    [STATE_DELETE_CHANGES] = "DELETE FROM change",
    [STATE_MISSING_MEMBERS] =
	"SELECT id FROM member WHERE roster = ?1 AND snapshot < ?2 AND "
	"since IS NOT NULL",
    [STATE_DELETE_MISSING] =
	"DELETE FROM member WHERE roster = ?1 AND snapshot < ?2",
    [STATE_PUT_PROFILE] = "INSERT OR REPLACE INTO profile VALUES (?1, ?2, ?3)",
    [STATE_DELETE_PROFILE] =
	"DELETE FROM profile WHERE roster = ?1 AND id = ?2",
    [STATE_DELETE_MISSING_PROFILES] =
	"DELETE FROM profile WHERE roster = ?1 AND id IN (SELECT id FROM "
	"member WHERE roster = ?1 AND snapshot < ?2)",
    [STATE_FIND_KEY] = "SELECT at FROM event WHERE campaign = ?1 AND key = ?2",
    [STATE_PUT_KEY] =
	"INSERT OR REPLACE INTO event (at, campaign, key) VALUES (?1, ?2, ?3)",
};
