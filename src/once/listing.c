#include "once/listing.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/printable.h"
#include "base/say.h"
#include "once/print.h"

/* Both take the same parameters; the second is ignored by the first. */
static const char rosters[] =
    "SELECT campaign, project, CASE WHEN is_form THEN '-' ELSE cohort END, "
    "name, (SELECT count(*) FROM person WHERE roster = roster.id), "
    "strftime('%Y-%m-%dT%H:%M:%SZ', whole_at, 'unixepoch') "
    "FROM roster WHERE ?1 IS NULL OR campaign = ?1 "
    "ORDER BY campaign, is_form DESC, project, cohort";
static const char people[] =
    "SELECT person.id, strftime('%Y-%m-%dT%H:%M:%SZ', since, 'unixepoch'), "
    "properties FROM person LEFT JOIN profile ON "
    "profile.roster = person.roster AND profile.id = person.id "
    "WHERE person.roster = ?1 ORDER BY person.id";
static const char count_people[] =
    "SELECT count(*) FROM person JOIN roster ON roster.id = person.roster "
    "WHERE ?1 IS NULL OR campaign = ?1";
static const char count_roster[] =
    "SELECT count(*) FROM person WHERE roster = ?1";

/* How many rosters, and the first; ?2 is a cohort as it is written. */
static const char find[] =
    "SELECT count(*), min(id) FROM roster WHERE campaign = ?1 AND "
    "CASE WHEN ?2 = '-' THEN is_form ELSE NOT is_form AND "
    "(cohort = ?2 OR project || '/' || cohort = ?2) END";
static const char find_only_form[] =
    "SELECT count(*) = 1 AND max(is_form), min(id) FROM roster "
    "WHERE campaign = ?1";

enum kind { ROSTERS, PEOPLE };
static const char *const names[][6] = {
    [ROSTERS] = {"campaign", "project", "cohort", "name", "members",
	"last_whole_sync"},
    [PEOPLE] = {"$distinct_id", "since", "$properties"},
};

static void
print_json(sqlite3_stmt *row, enum kind kind)
{
	const int columns = sqlite3_column_count(row);
	int i;

	for (i = 0; i < columns; i++) {
		const char *text = (const char *)sqlite3_column_blob(row, i);
		const size_t size = (size_t)sqlite3_column_bytes(row, i);
		const bool is_profile = kind == PEOPLE && i == 2;

		/* No profile is no member; what is unknown is null. */
		if (is_profile && !text)
			continue;
		printf("%c\"%s\":", i ? ',' : '{', names[kind][i]);
		if (sqlite3_column_type(row, i) == SQLITE_NULL)
			fputs("null", stdout);
		else if (is_profile ||
			 sqlite3_column_type(row, i) == SQLITE_INTEGER)
			fwrite(text, 1, size, stdout);
		else
			print_json_string(stdout, text ? text : "", size);
	}
	puts("}");
}

/* RFC 4180. */
static void
print_csv(sqlite3_stmt *row, enum kind kind)
{
	const int columns = kind == PEOPLE ? 2 : sqlite3_column_count(row);
	int i, at;

	for (i = 0; i < columns; i++) {
		const char *text = (const char *)sqlite3_column_blob(row, i);
		const int size = sqlite3_column_bytes(row, i);
		bool is_quoted = false;

		for (at = 0; at < size; at++)
			is_quoted |= strchr(",\"\r\n", text[at]) != NULL;
		if (i)
			putchar(',');
		if (is_quoted)
			putchar('"');
		for (at = 0; at < size; at++) {
			if (text[at] == '"')
				putchar('"');
			putchar(text[at]);
		}
		if (is_quoted)
			putchar('"');
	}
	fputs("\r\n", stdout);
}

/* Ids one a line; of rosters all columns, with tabs between them. */
static void
print_plain(sqlite3_stmt *row, enum kind kind)
{
	const int columns = kind == PEOPLE ? 1 : sqlite3_column_count(row);
	char shown[1024];
	int i;

	for (i = 0; i < columns; i++) {
		const char *text = (const char *)sqlite3_column_blob(row, i);
		const size_t size = (size_t)sqlite3_column_bytes(row, i);

		printable_copy(
		    shown, sizeof shown, text ? text : "-", text ? size : 1);
		printf("%s%s", i ? "\t" : "", shown);
	}
	putchar('\n');
}

static void
print_header(enum listing_form form, enum kind kind)
{
	const int columns = kind == PEOPLE ? 2 : 6;
	int i;

	if (form != LISTING_CSV && (form != LISTING_PLAIN || kind == PEOPLE))
		return;
	for (i = 0; i < columns; i++)
		printf("%s%s",
		    i == 0                ? ""
		    : form == LISTING_CSV ? ","
					  : "\t",
		    names[kind][i]);
	fputs(form == LISTING_CSV ? "\r\n" : "\n", stdout);
}

static int
print_rows(struct state *state, sqlite3_stmt *rows, enum listing_form form,
    enum kind kind)
{
	static void (*const printers[])(sqlite3_stmt *, enum kind) = {
	    [LISTING_PLAIN] = print_plain,
	    [LISTING_JSON] = print_json,
	    [LISTING_CSV] = print_csv,
	    [LISTING_COUNT] = print_plain,
	};
	int found;

	if (form != LISTING_COUNT)
		print_header(form, kind);
	while ((found = state_step(state, rows)) > 0 && !ferror(stdout))
		printers[form](rows, kind);
	return found < 0 ? state->status : EX_OK;
}

/* NULL: state.h. */
static sqlite3_stmt *
prepare(struct state *state, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(state->database, sql, -1, &statement, NULL) ==
	    SQLITE_OK)
		return statement;
	(void)state_fail(state);
	return NULL;
}

static int
print_people(struct state *state, enum listing_form form, sqlite3_int64 roster)
{
	sqlite3_stmt *rows =
	    prepare(state, form == LISTING_COUNT ? count_roster : people);
	int status;

	if (!rows)
		return state->status;
	sqlite3_bind_int64(rows, 1, roster);
	status = print_rows(state, rows, form, PEOPLE);
	sqlite3_finalize(rows);
	return status;
}

static int
print_rosters(struct state *state, enum listing_form form, const char *campaign)
{
	sqlite3_stmt *rows =
	    prepare(state, form == LISTING_COUNT ? count_people : rosters);
	int status;

	if (!rows)
		return state->status;
	sqlite3_bind_text(rows, 1, campaign, -1, SQLITE_STATIC);
	status = print_rows(
	    state, rows, form, form == LISTING_COUNT ? PEOPLE : ROSTERS);
	sqlite3_finalize(rows);
	return status;
}

/* How many match, or -1; ROSTER is the first. */
static int
count_matches(struct state *state, const char *sql, const char *campaign,
    const char *cohort, sqlite3_int64 *roster)
{
	sqlite3_stmt *statement = prepare(state, sql);
	int count = -1;

	if (!statement)
		return -1;
	sqlite3_bind_text(statement, 1, campaign, -1, SQLITE_STATIC);
	if (cohort)
		sqlite3_bind_text(statement, 2, cohort, -1, SQLITE_STATIC);
	if (state_step(state, statement) > 0) {
		count = sqlite3_column_int(statement, 0);
		*roster = sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	return count;
}

int
listing_print(struct state *state, enum listing_form form, const char *campaign,
    const char *cohort)
{
	sqlite3_int64 roster = 0;
	int count = 0;

	if (campaign)
		count = count_matches(state, cohort ? find : find_only_form,
		    campaign, cohort, &roster);
	if (count < 0)
		return state->status;
	if (count == 1)
		return print_people(state, form, roster);
	if (!cohort)
		return print_rosters(state, form, campaign);
	if (count == 0)
		return say_fail(EX_NOINPUT,
		    "the campaign has no such cohort; mixspool members STATE "
		    "lists them");
	return say_fail(EX_USAGE, "several projects have this cohort: write "
				  "PROJECT/ID");
}
