#include "postgres/statements.h"

/*
 * An index takes 2704 bytes, and what comes from outside may be longer: a long
 * key of a row is known by its hash.
 */
#define SHORT(key)                                                             \
	"CASE WHEN octet_length(" key ") <= 1000 THEN " key " "                \
	"ELSE '\\x00'::bytea || sha256(" key ") END"
#define PROFILE_ID SHORT("$2::bytea")
#define EVENT_KEY SHORT("$4::bytea")
#define ROSTER_KEY "(campaign, is_form, sha256(project), sha256(cohort))"

/*
 * As in the file, people are packed, and found by hashes: see
 * once/state_sqlite_statements.c. A pack's number is its roster's own, so that
 * runs on two rosters need not wait for each other.
 *
 * What comes from outside is bytea: a text cannot have U+0000. Nothing is
 * compressed, which takes longer than to write it. A row of people, and
 * nothing else, fills a page.
 */
const char statements_schema[] =
    "CREATE TABLE format (number bigint NOT NULL);"
    "CREATE TABLE roster ("
    " id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " campaign text COLLATE \"C\" NOT NULL, is_form boolean NOT NULL,"
    " project bytea NOT NULL, cohort bytea NOT NULL, name bytea NOT NULL,"
    " snapshots bigint NOT NULL DEFAULT 0, whole_at bigint);"
    "CREATE UNIQUE INDEX roster_key ON roster " ROSTER_KEY ";"
    "CREATE TABLE pack ("
    " roster bigint NOT NULL, number bigint NOT NULL, run bigint NOT NULL,"
    " size bigint NOT NULL, waste bigint NOT NULL, snapshot bigint NOT NULL,"
    " first bytea NOT NULL, last bytea NOT NULL, hashes bytea NOT NULL,"
    " PRIMARY KEY (roster, number));"
    "ALTER TABLE pack ALTER hashes SET STORAGE EXTERNAL;"
    "CREATE TABLE member ("
    " roster bigint NOT NULL, number bigint NOT NULL, since bigint,"
    " snapshot bigint NOT NULL, people text NOT NULL,"
    " PRIMARY KEY (roster, number)) WITH (toast_tuple_target = 8160);"
    "ALTER TABLE member ALTER people SET STORAGE EXTERNAL;"
    "CREATE TABLE profile ("
    " roster bigint NOT NULL, id bytea NOT NULL, properties text NOT NULL,"
    " PRIMARY KEY (roster, id));"
    "CREATE TABLE snapshot ("
    " roster bigint NOT NULL, number bigint NOT NULL, session bytea,"
    " total bigint NOT NULL, state text NOT NULL, about text NOT NULL,"
    " begun_at bigint NOT NULL, ended_at bigint, came_at bigint NOT NULL,"
    " PRIMARY KEY (roster, number));"
    "CREATE INDEX snapshot_session ON snapshot (roster, sha256(session));"
    "CREATE INDEX snapshot_open ON snapshot (roster) WHERE state = 'open';"
    "CREATE TABLE page ("
    " roster bigint NOT NULL, snapshot bigint NOT NULL,"
    " page bigint NOT NULL, PRIMARY KEY (roster, snapshot, page));"
    "CREATE TABLE event ("
    " campaign text COLLATE \"C\" NOT NULL, key bytea NOT NULL,"
    " at bigint NOT NULL, PRIMARY KEY (campaign, key));"
    /* For people: U+FFFD stands for U+0000, which no text can have. */
    "CREATE FUNCTION shown(bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$"
    " SELECT convert_from(CASE WHEN position('\\x00'::bytea IN $1) = 0"
    " THEN $1 ELSE decode(replace(replace(regexp_replace("
    "encode($1, 'hex'), '(..)', '\\1 ', 'g'), '00 ', 'efbfbd'), ' ', ''),"
    " 'hex') END, 'UTF8') $$;"
    "CREATE VIEW person AS SELECT roster, id, since FROM ("
    " SELECT DISTINCT ON (roster, id) roster, key AS id,"
    " CASE WHEN json_typeof(value) = 'number' THEN since"
    " ELSE (value ->> 0)::bigint END AS since"
    " FROM member, json_each(CASE WHEN position('\\u0000' IN people) = 0"
    " THEN people ELSE regexp_replace(people,"
    " '(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', '\\1\\\\ufffd', 'g') END::json)"
    " ORDER BY roster, id, number DESC) AS newest WHERE since IS NOT NULL;"
    "CREATE VIEW members AS SELECT campaign, shown(project) AS project,"
    " shown(cohort) AS cohort, shown(name) AS name, person.id AS id,"
    " to_timestamp(since) AS since, properties FROM roster"
    " JOIN person ON person.roster = roster.id"
    " LEFT JOIN profile ON profile.roster = person.roster"
    " AND profile.id = " SHORT("convert_to(person.id, 'UTF8')") ";";

#define ROSTER_IS                                                              \
	"is_form = ($1 <> 0) AND campaign = $2 AND "                           \
	"sha256(project) = sha256($3) AND sha256(cohort) = sha256($4)"

const struct statement statements[STATE_STATEMENTS] = {
    /* The run that has the row has the roster: others wait here. */
    [STATE_FIND_ROSTER] = {"SELECT id, snapshots, name FROM roster "
			   "WHERE " ROSTER_IS " FOR UPDATE",
	4, 1},
    /* Another run may have made it meanwhile: this one waits for its end. */
    [STATE_ADD_ROSTER] = {"INSERT INTO roster "
			  "(is_form, campaign, project, cohort, name) "
			  "VALUES ($1 <> 0, $2, $3, $4, $5) "
			  "ON CONFLICT " ROSTER_KEY " "
			  "DO UPDATE SET name = roster.name "
			  "RETURNING id, snapshots",
	5, 1},
    [STATE_NAME_ROSTER] = {"UPDATE roster SET name = $2 WHERE id = $1", 2, 1},
    [STATE_COUNT_SNAPSHOT] = {"UPDATE roster SET snapshots = $2 WHERE id = $1",
	2, 2},
    [STATE_WHOLE_ROSTER] = {"UPDATE roster SET whole_at = $2 WHERE id = $1", 2,
	2},
    [STATE_GET_SNAPSHOTS] = {"SELECT snapshots FROM roster WHERE id = $1", 1,
	1},

    [STATE_FIND_SNAPSHOT] = {"SELECT number, total, state FROM snapshot "
			     "WHERE roster = $1 AND "
			     "(sha256(session) = sha256($2) OR $2 IS NULL AND "
			     "session IS NULL AND state = 'open') "
			     "ORDER BY number DESC LIMIT 1",
	2, 1},
    [STATE_ADD_SNAPSHOT] = {"INSERT INTO snapshot VALUES "
			    "($1, $2, $6, $3, 'open', $7, $4, NULL, $5)",
	7, 5},
    [STATE_END_SNAPSHOT] = {"UPDATE snapshot SET state = $4, ended_at = $3 "
			    "WHERE roster = $1 AND number = $2",
	4, 3},
    [STATE_TOTAL_SNAPSHOT] = {"UPDATE snapshot SET total = $3 "
			      "WHERE roster = $1 AND number = $2",
	3, 3},
    [STATE_GET_SNAPSHOT] = {"SELECT state, total, about, "
			    "(session IS NOT NULL)::int::bigint, came_at "
			    "FROM snapshot "
			    "WHERE roster = $1 AND number = $2",
	2, 2},
    /* Those of other runs, which end them, are left to these. */
    [STATE_NEXT_OPEN_SNAPSHOT] = {"SELECT s.roster, s.number "
				  "FROM snapshot s JOIN roster r "
				  "ON r.id = s.roster WHERE s.state = 'open' "
				  "AND s.roster > $1 AND r.campaign = $2 "
				  "AND (s.session IS NULL OR "
				  "s.total = (SELECT count(*) FROM page p "
				  "WHERE p.roster = s.roster "
				  "AND p.snapshot = s.number)) "
				  "ORDER BY s.roster LIMIT 1 "
				  "FOR UPDATE OF r SKIP LOCKED",
	2, 1},
    [STATE_ADD_PAGE] = {"INSERT INTO page VALUES ($1, $2, $3) "
			"ON CONFLICT DO NOTHING",
	3, 3},
    [STATE_COUNT_PAGES] = {"SELECT count(*) FROM page "
			   "WHERE roster = $1 AND snapshot = $2",
	2, 2},
    [STATE_DELETE_PAGES] = {"DELETE FROM page "
			    "WHERE roster = $1 AND snapshot = $2",
	2, 2},

    [STATE_NEWEST_PACK] = {"SELECT max(number) FROM pack WHERE roster = $1", 1,
	1},
    /* The numbers of newer runs are higher. */
    [STATE_PACKS] = {"SELECT number, first, last, hashes FROM pack "
		     "WHERE roster = $1 ORDER BY number DESC",
	1, 1},
    [STATE_RUN_SIZES] = {"SELECT run, sum(size)::bigint, sum(waste)::bigint "
			 "FROM pack WHERE roster = $1 GROUP BY run "
			 "ORDER BY run DESC",
	1, 1},
    [STATE_RUNS] = {"SELECT run, max(number), sum(size)::bigint FROM pack "
		    "WHERE roster = $1 AND run >= $2 GROUP BY run ORDER BY run",
	2, 2},
    [STATE_OLD_PACK] = {"SELECT 1::bigint FROM pack "
			"WHERE roster = $1 AND snapshot < $2 LIMIT 1",
	2, 2},
    [STATE_ADD_PACK] = {"INSERT INTO pack (number, roster, run, size, waste, "
			"snapshot, first, last, hashes) "
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	9, 6},
    [STATE_DELETE_PACKS] = {"DELETE FROM pack "
			    "WHERE roster = $1 AND run >= $2 AND run <= $3",
	3, 3},
    [STATE_ADD_MEMBERS] = {"INSERT INTO member "
			   "(roster, number, snapshot, since, people) "
			   "VALUES ($1, $2, $3, $4, $5)",
	5, 4},
    /* As many as wanted of the same pack: see ahead.h. */
    [STATE_MEMBERS] = {"SELECT number, since, snapshot, people FROM member "
		       "WHERE roster = $1 AND number >= (SELECT max(number) "
		       "FROM member WHERE roster = $1 AND number <= $2) "
		       "AND number < $3 ORDER BY number LIMIT $4",
	4, 4},
    [STATE_NEXT_MEMBERS] = {"SELECT number, since, snapshot, people "
			    "FROM member WHERE roster = $1 AND number > $2 "
			    "AND number < $3 ORDER BY number LIMIT 1",
	3, 3},
    [STATE_DELETE_MEMBERS] = {"DELETE FROM member "
			      "WHERE roster = $1 AND number = $2",
	2, 2},

    [STATE_PUT_PROFILE] = {"INSERT INTO profile "
			   "VALUES ($1, " PROFILE_ID ", $3) "
			   "ON CONFLICT (roster, id) "
			   "DO UPDATE SET properties = excluded.properties",
	3, 1},
    [STATE_FIND_PROFILE] = {"SELECT properties FROM profile "
			    "WHERE roster = $1 AND id = " PROFILE_ID,
	2, 1},
    [STATE_DELETE_PROFILE] = {"DELETE FROM profile "
			      "WHERE roster = $1 AND id = " PROFILE_ID,
	2, 1},
    [STATE_PUT_KEY] = {"INSERT INTO event (at, campaign, key) "
		       "VALUES ($1, $3, " EVENT_KEY ") "
		       "ON CONFLICT (campaign, key) "
		       "DO UPDATE SET at = excluded.at "
		       "WHERE $2 > 0 AND excluded.at - event.at >= $2 "
		       "RETURNING 1::bigint",
	4, 2},
    [STATE_TURN_BACK_KEY] = {"UPDATE event SET at = $1 WHERE campaign = $2 "
			     "AND key = " SHORT("$3::bytea") " AND at > $1",
	3, 1},

    [STATE_COUNT_ROSTERS] =
	{"SELECT count(*), min(id) FROM roster "
	 "WHERE campaign = $1 AND CASE WHEN $2 = '-'::bytea "
	 "THEN is_form ELSE NOT is_form AND (cohort = $2 "
	 "OR project || '/'::bytea || cohort = $2) END",
	    2, 0},
    [STATE_COUNT_FORM] = {"SELECT (count(*) = 1 AND bool_and(is_form))::int"
			  "::bigint, min(id) FROM roster WHERE campaign = $1",
	1, 0},
    [STATE_ROSTERS] = {"SELECT id, whole_at, campaign, project, CASE WHEN "
		       "is_form THEN '-'::bytea ELSE cohort END, name "
		       "FROM roster WHERE $1::text IS NULL OR campaign = $1 "
		       "ORDER BY campaign, is_form DESC, project, cohort",
	1, 0},
};
