#include "once/listing.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/say.h"
#include "once/rows.h"
#include "once/walk.h"

#define TIME_SIZE 32

static struct token_text
text_of(const char *text)
{
	return (struct token_text){text, text ? strlen(text) : 0, NULL};
}

static struct rows_cell
cell_of(struct state_row *row, int column)
{
	const struct token_text text = state_text(row, column);

	return (struct rows_cell){text.text, text.size, false};
}

static struct rows_cell
cell_of_time(char text[TIME_SIZE], int64_t seconds)
{
	const time_t at = (time_t)seconds;
	struct tm time;

	text[0] = '\0';
	if (gmtime_r(&at, &time))
		(void)strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &time);
	return (struct rows_cell){text, strlen(text), false};
}

static struct rows_cell
cell_of_number(char *text, size_t room, int64_t number)
{
	const int size = snprintf(text, room, "%lld", (long long)number);

	return (struct rows_cell){text, (size_t)size, true};
}

/* 0, or -1. */
static int
print_person(struct state *state, enum listing_form form, int64_t roster,
    const struct person *person)
{
	struct rows_cell cells[3] = {{person->id.text, person->id.size, false}};
	struct state_row *profile = NULL;
	char since[TIME_SIZE];
	int found = 0;

	cells[1] = cell_of_time(since, person->since);
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
	if (found > 0)
		state_reset(profile);
	return 0;
}

/* Prints who is in, unless IS_SILENT. How many, or -1. */
static int64_t
list_people(
    struct state *state, enum listing_form form, int64_t roster, bool is_silent)
{
	struct walk walk = {.state = state, .roster = roster};
	int found = walk_begin(&walk) < 0 ? -1 : 1;
	int64_t count = 0;
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
print_count(enum listing_form form, int64_t count)
{
	char text[24];
	const struct rows_cell cell = cell_of_number(text, sizeof text, count);

	rows_print(form, ROWS_PEOPLE, &cell);
}

static int
print_people(struct state *state, enum listing_form form, int64_t roster)
{
	int64_t count;

	if (form != LISTING_COUNT)
		rows_print_header(form, ROWS_PEOPLE);
	count = list_people(state, form, roster, form == LISTING_COUNT);
	if (form == LISTING_COUNT && count >= 0)
		print_count(form, count);
	return count < 0 ? state->status : EX_OK;
}

static int
print_rosters(struct state *state, enum listing_form form, const char *campaign)
{
	const struct token_text text = text_of(campaign);
	struct state_row *row = state_use(state, STATE_ROSTERS, 0, NULL);
	struct rows_cell cells[ROWS_COLUMNS];
	int64_t count, all = 0;
	char members[24], at[TIME_SIZE];
	int found, i;

	state_bind_text(row, 1, campaign ? &text : NULL);
	if (form != LISTING_COUNT)
		rows_print_header(form, ROWS_ROSTERS);
	while ((found = state_step(state, row)) > 0 && !ferror(stdout)) {
		count = list_people(state, form, state_number(row, 0), true);
		if (count < 0)
			break;
		all += count;
		for (i = 0; i < 4; i++)
			cells[i] = cell_of(row, i + 2);
		cells[4] = cell_of_number(members, sizeof members, count);
		cells[5] = (struct rows_cell){NULL, 0, false};
		if (!state_is_null(row, 1))
			cells[5] = cell_of_time(at, state_number(row, 1));
		if (form != LISTING_COUNT)
			rows_print(form, ROWS_ROSTERS, cells);
	}
	if (form == LISTING_COUNT && found == 0)
		print_count(form, all);
	return state->status;
}

/* How many match, or -1; ROSTER is the first. */
static int
count_matches(struct state *state, const char *campaign, const char *cohort,
    int64_t *roster)
{
	const struct token_text texts[] = {text_of(campaign), text_of(cohort)};
	struct state_row *row = state_use(
	    state, cohort ? STATE_COUNT_ROSTERS : STATE_COUNT_FORM, 0, NULL);
	int count = -1;

	state_bind_text(row, 1, &texts[0]);
	if (cohort)
		state_bind_text(row, 2, &texts[1]);
	if (state_step(state, row) > 0) {
		count = (int)state_number(row, 0);
		*roster = state_number(row, 1);
		state_reset(row);
	}
	return count;
}

int
listing_print(struct state *state, enum listing_form form, const char *campaign,
    const char *cohort)
{
	int64_t roster = 0;
	int count = 0;

	if (campaign)
		count = count_matches(state, campaign, cohort, &roster);
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
