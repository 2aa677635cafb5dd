#include "once/state_sqlite_format.h"

#include <stdio.h>
#include <sysexits.h>

#include "once/block.h"
#include "once/pack.h"
#include "once/state_sqlite_rows.h"

/* The result of a query without parameters. 0, or -1. */
static int
query_number(struct state *state, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement;
	int status;

	if (sqlite3_prepare_v2(sqlite_of(state)->database, sql, -1, &statement,
		NULL) != SQLITE_OK)
		return state_sqlite_fail(state);
	status = sqlite3_step(statement);
	if (status == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	if (sqlite3_finalize(statement) != SQLITE_OK || status != SQLITE_ROW)
		return state_sqlite_fail(state);
	return 0;
}

int
format_read(struct state *state, int *format)
{
	int64_t tables = 0, application = 0, version = 0;

	if (query_number(state, "SELECT count(*) FROM sqlite_schema", &tables) <
		0 ||
	    query_number(state, "PRAGMA application_id", &application) < 0 ||
	    query_number(state, "PRAGMA user_version", &version) < 0)
		return -1;
	*format = FORMAT_NONE;
	if (tables == 0 && application == 0)
		return 0;
	if (application != STATE_APPLICATION)
		return state_fail_with(
		    state, EX_DATAERR, "it is a database of something else");
	if (version < 1 || version > STATE_FORMAT)
		return state_fail_with(state, EX_DATAERR,
		    "it is of a version of mixspool that this one does not "
		    "know");
	*format = (int)version;
	return 0;
}

/* The people of a row with their ids. SQLite reads a name of JSON up to U+0000
   only, so that something else stands for it meanwhile. */
#define EACH_PERSON                                                            \
	"json_each(replace(replace(people, '\\\\', char(1114108)),"            \
	" '\\u0000', char(1114109)))"
#define ID                                                                     \
	"CAST(replace(replace(key, char(1114108), '\\'), char(1114109),"       \
	" CAST(x'00' AS TEXT)) AS BLOB)"

/*
 * How people were kept by builds from before 0.2.0, the oldest first. Both
 * versions 1 and 2 stood for more than one layout, so columns of `member` tell.
 */
static const struct layout {
	/* Not 0: it is this one. */
	const char *is_it;
	/* Roster, id, since and snapshot of each person, in their order. */
	const char *people;
} layouts[] = {
    /* A row a person; changes in a table of their own, in later builds. */
    {"SELECT count(*) FROM pragma_table_info('member') WHERE name = 'id'",
	"SELECT roster, id, since, snapshot FROM change"
	" UNION ALL SELECT roster, id, since, snapshot FROM old_member"
	" WHERE (roster, id) NOT IN (SELECT roster, id FROM change)"
	" ORDER BY roster, id"},
    /* Rows of people, and newer ones with the changes. */
    {"SELECT count(*) FROM pragma_table_info('member') WHERE name = 'first'",
	"SELECT roster, " ID " AS id, json_extract(value, '$[0]'),"
	" json_extract(value, '$[1]'), max(age) FROM"
	" (SELECT roster, people, -1 AS age FROM old_member"
	" UNION ALL SELECT roster, people, number FROM change),"
	" " EACH_PERSON " GROUP BY roster, key ORDER BY roster, id"},
    /* Packs, whose rows had nothing in common, and whose hashes were others. */
    {"SELECT NOT count(*) FROM pragma_table_info('member')"
     " WHERE name = 'since'",
	"SELECT roster, " ID " AS id, json_extract(value, '$[0]'),"
	" json_extract(value, '$[1]'), max(old_pack.number) FROM old_member"
	" JOIN old_pack ON old_pack.number = old_member.number >> 16,"
	" " EACH_PERSON " GROUP BY roster, key ORDER BY roster, id"},
};

#define LAYOUTS (sizeof layouts / sizeof layouts[0])

/* 0, and the layout, or NULL: it is that of today; or -1. */
static int
find_layout(struct state *state, const struct layout **layout)
{
	int64_t is_it = 0;
	size_t i;

	for (i = 0; i < LAYOUTS && !is_it; i++)
		if (query_number(state, layouts[i].is_it, &is_it) < 0)
			return -1;
	*layout = is_it ? &layouts[i - 1] : NULL;
	return 0;
}

/* Adds the person of a row. 0, or -1. */
static int
add_person(struct pack *pack, struct state_row *row)
{
	const int64_t roster = state_number(row, 0);
	struct person person = block_like(row, 2);

	if (roster != pack->roster && pack_end(pack) < 0)
		return -1;
	pack->roster = roster;
	person.id = state_text(row, 1);
	pack->waste += !person.is_in;
	return pack_add(pack, &person, block_hash(&person.id));
}

/* 0, or -1. */
static int
add_people(struct state *state, const char *people)
{
	struct pack pack = {.state = state};
	struct sqlite_row row = {.row.driver = &state_sqlite};
	int result = 0, found = -1;

	if (sqlite3_prepare_v2(sqlite_of(state)->database, people, -1,
		&row.statement, NULL) != SQLITE_OK)
		return state_sqlite_fail(state);
	while (result == 0 && (found = state_step(state, &row.row)) > 0)
		result = add_person(&pack, &row.row);
	if (found < 0)
		result = -1;
	if (result == 0)
		result = pack_end(&pack);
	sqlite3_finalize(row.statement);
	pack_free(&pack);
	return result;
}

/* 0, or -1. */
static int
change_people(struct state *state, const struct layout *layout)
{
	if (state_sqlite_execute(state,
		"DROP VIEW members; DROP VIEW IF EXISTS person;"
		"DROP INDEX IF EXISTS pack_run;"
		"CREATE TABLE IF NOT EXISTS pack (number);"
		"CREATE TABLE IF NOT EXISTS change"
		" (roster, id, since, snapshot);"
		"ALTER TABLE pack RENAME TO old_pack;"
		"ALTER TABLE member RENAME TO old_member") < 0 ||
	    state_sqlite_execute(state, state_sqlite_schema_people) < 0 ||
	    state_sqlite_execute(state, state_sqlite_schema_index) < 0 ||
	    add_people(state, layout->people) < 0)
		return -1;
	return state_sqlite_execute(state,
	    "DROP TABLE old_pack; DROP TABLE change;"
	    "DROP TABLE old_member");
}

/* An index of fewer columns may be there. */
static int
change_index(struct state *state)
{
	return state_sqlite_execute(state, "DROP INDEX IF EXISTS pack_run") < 0
		   ? -1
		   : state_sqlite_execute(state, state_sqlite_schema_index);
}

int
format_bring(struct state *state, int format)
{
	const struct layout *layout = NULL;
	char mark[100];

	snprintf(mark, sizeof mark,
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    STATE_APPLICATION, STATE_FORMAT);
	if (format == STATE_FORMAT)
		return 0;
	if (state_sqlite_execute(state, mark) < 0)
		return -1;
	if (format == FORMAT_NONE)
		return state_sqlite_execute(state, state_sqlite_schema) < 0 ||
			       state_sqlite_execute(
				   state, state_sqlite_schema_people) < 0 ||
			       state_sqlite_execute(
				   state, state_sqlite_schema_index) < 0
			   ? -1
			   : 0;
	if (find_layout(state, &layout) < 0)
		return -1;
	return layout ? change_people(state, layout) : change_index(state);
}
