#include "once/listing.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/say.h"
#include "once/rows.h"
#include "once/walk.h"

/* How many rosters, and the first; ?2 is a cohort as it is written. */
static const char find[] =
    "SELECT count(*), min(id) FROM roster WHERE campaign = ?1 AND "
    "CASE WHEN ?2 = '-' THEN is_form ELSE NOT is_form AND "
    "(cohort = ?2 OR project || '/' || cohort = ?2) END";
static const char find_only_form[] =
    "SELECT count(*) = 1 AND max(is_form), min(id) FROM roster "
    "WHERE campaign = ?1";
static const char rosters[] =
    "SELECT id, campaign, project, CASE WHEN is_form THEN '-' ELSE cohort END, "
    "name, strftime('%Y-%m-%dT%H:%M:%SZ', whole_at, 'unixepoch') "
    "FROM roster WHERE ?1 IS NULL OR campaign = ?1 "
    "ORDER BY campaign, is_form DESC, project, cohort";

static struct rows_cell
cell_of(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return (struct rows_cell){
	    text, (size_t)sqlite3_column_bytes(row, column), false};
}

static struct rows_cell
cell_of_number(char *text, size_t room, sqlite3_int64 number)
{
	const int size = snprintf(text, room, "%lld", (long long)number);

	return (struct rows_cell){text, (size_t)size, true};
}

/* 0, or -1. */
static int
print_person(struct state *state, enum listing_form form, sqlite3_int64 roster,
    const struct person *person)
{
	const time_t at = (time_t)person->since;
	struct rows_cell cells[3] = {{person->id.text, person->id.size, false}};
	sqlite3_stmt *profile = NULL;
	char since[32] = "";
	struct tm time;
	int found = 0;

	if (gmtime_r(&at, &time))
		(void)strftime(
		    since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", &time);
	cells[1] = (struct rows_cell){since, strlen(since), false};
	if (form == LISTING_JSON) {
		profile = state_use(state, STATE_FIND_PROFILE, 1, &roster);
		state_bind_blob(profile, 2, &person->id);
		found = state_step(state, profile);
	}
	if (found < 0)
		return -1;
	if (found > 0) {
		cells[2] = cell_of(profile, 0);
		cells[2].is_json = true;
	}
	rows_print(form, ROWS_PEOPLE, cells);
	return 0;
}

/* Prints who is in, unless IS_SILENT. How many, or -1. */
static sqlite3_int64
list_people(struct state *state, enum listing_form form, sqlite3_int64 roster,
    bool is_silent)
{
	struct walk walk = {.state = state, .roster = roster};
	int found = walk_begin(&walk) < 0 ? -1 : 1;
	sqlite3_int64 count = 0;
	struct person person;

	while (found > 0 && !ferror(stdout)) {
		found = walk_next(&walk, &person);
		if (found <= 0 || !person.is_in)
			continue;
		count++;
		if (!is_silent &&
		    print_person(state, form, roster, &person) < 0)
			found = -1;
	}
	walk_end(&walk);
	return found < 0 ? -1 : count;
}

static void
print_count(enum listing_form form, sqlite3_int64 count)
{
	char text[24];
	const struct rows_cell cell = cell_of_number(text, sizeof text, count);

	rows_print(form, ROWS_PEOPLE, &cell);
}

static int
print_people(struct state *state, enum listing_form form, sqlite3_int64 roster)
{
	sqlite3_int64 count;

	if (form != LISTING_COUNT)
		rows_print_header(form, ROWS_PEOPLE);
	count = list_people(state, form, roster, form == LISTING_COUNT);
	if (form == LISTING_COUNT && count >= 0)
		print_count(form, count);
	return count < 0 ? state->status : EX_OK;
}

/* NULL: state.h. */
static sqlite3_stmt *
prepare(struct state *state, const char *sql, const char *campaign)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(state->database, sql, -1, &statement, NULL) !=
	    SQLITE_OK) {
		(void)state_fail(state);
		return NULL;
	}
	sqlite3_bind_text(statement, 1, campaign, -1, SQLITE_STATIC);
	return statement;
}

static int
print_rosters(struct state *state, enum listing_form form, const char *campaign)
{
	sqlite3_stmt *row = prepare(state, rosters, campaign);
	struct rows_cell cells[ROWS_COLUMNS];
	sqlite3_int64 count, all = 0;
	char members[24];
	int found, i;

	if (!row)
		return state->status;
	if (form != LISTING_COUNT)
		rows_print_header(form, ROWS_ROSTERS);
	while ((found = state_step(state, row)) > 0 && !ferror(stdout)) {
		count = list_people(
		    state, form, sqlite3_column_int64(row, 0), true);
		if (count < 0)
			break;
		all += count;
		for (i = 0; i < 4; i++)
			cells[i] = cell_of(row, i + 1);
		cells[4] = cell_of_number(members, sizeof members, count);
		cells[5] = cell_of(row, 5);
		if (form != LISTING_COUNT)
			rows_print(form, ROWS_ROSTERS, cells);
	}
	if (form == LISTING_COUNT && found == 0)
		print_count(form, all);
	sqlite3_finalize(row);
	return state->status;
}

/* How many match, or -1; ROSTER is the first. */
static int
count_matches(struct state *state, const char *sql, const char *campaign,
    const char *cohort, sqlite3_int64 *roster)
{
	sqlite3_stmt *statement = prepare(state, sql, campaign);
	int count = -1;

	if (!statement)
		return -1;
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

	/* All that is read is of one moment. */
	if (state_execute(state, "BEGIN") < 0)
		return state->status;
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
