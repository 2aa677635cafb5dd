#include "once/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "once/merge.h"

/* In place of a total. */
enum {
	NEVER = 0,   /* two totals: nobody knows how many pages there are */
	UNKNOWN = -1 /* no page has had one */
};

/* A row of `snapshot`. */
struct row {
	bool is_open, has_session;
	int64_t number, total;
};

/* With its pages gone. */
static int
end(struct state *state, int64_t roster, int64_t number, int64_t now,
    const char *how)
{
	const int64_t numbers[] = {roster, number, now};
	const struct token_text text = {how, strlen(how), NULL};
	struct state_row *statement =
	    state_use(state, STATE_END_SNAPSHOT, 3, numbers);

	state_bind_text(statement, 4, &text);
	if (state_run(state, statement) < 0)
		return -1;
	return state_run(
	    state, state_use(state, STATE_DELETE_PAGES, 2, numbers));
}

/* What tell_leaves needs. */
struct leaving {
	const struct snapshot_sink *sink;
	const char *rest;
};

static int
tell_leaves(void *leaving_of, const struct token_text *id)
{
	const struct leaving *leaving = leaving_of;

	return leaving->sink->leaves(leaving->sink->to, id, leaving->rest);
}

static int
end_whole(struct state *state, const int64_t numbers[2], const char *rest,
    const struct snapshot_sink *sink)
{
	const int64_t at[] = {numbers[0], sink->now};
	struct leaving leaving = {sink, rest};
	const struct merge_missing missing = {
	    numbers[1], tell_leaves, &leaving};

	if (sink->save(sink->to) < 0 ||
	    merge_without(state, numbers[0], &missing) < 0 ||
	    state_run(state, state_use(state, STATE_WHOLE_ROSTER, 2, at)) < 0)
		return -1;
	return end(state, numbers[0], numbers[1], sink->now, "whole");
}

/* 1, 0, or -1. */
static int
is_whole(struct state *state, const int64_t numbers[2], int64_t total)
{
	struct state_row *statement;
	bool are_there;

	if (total <= 0)
		return 0;
	statement = state_use(state, STATE_COUNT_PAGES, 2, numbers);
	if (state_step(state, statement) < 0)
		return -1;
	are_there = state_number(statement, 0) == total;
	state_reset(statement);
	return are_there;
}

/*
 * Ends an open snapshot if it is whole; else, if it IS_OVER, as void: so does
 * one without a session, of which no other run can bring a page.
 */
static int
settle(struct state *state, const int64_t numbers[2], bool is_over,
    const struct snapshot_sink *sink)
{
	struct state_row *statement =
	    state_use(state, STATE_GET_SNAPSHOT, 2, numbers);
	int whole = state_step(state, statement), result = 0;
	struct token_text about;
	int64_t total;
	bool has_session;
	char *rest;

	if (whole <= 0)
		return whole;
	if (!state_is_text(statement, 0, "open")) {
		state_reset(statement);
		return 0;
	}
	total = state_number(statement, 1);
	about = state_text(statement, 2);
	rest = strndup(about.text, about.size);
	has_session = state_number(statement, 3);
	state_reset(statement);
	if (!rest)
		return state_fail_memory(state);
	whole = sink->is_part ? 0 : is_whole(state, numbers, total);
	if (whole < 0)
		result = -1;
	else if (whole)
		result = end_whole(state, numbers, rest, sink);
	else if (is_over || !has_session)
		result = end(state, numbers[0], numbers[1], sink->now, "void");
	free(rest);
	return result;
}

/* 1 there is one, 0 there is none, -1. */
static int
find(struct state *state, const struct roster *roster,
    const struct about *about, struct row *row)
{
	struct state_row *statement =
	    state_use(state, STATE_FIND_SNAPSHOT, 1, &roster->id);
	int found;

	state_bind_text(
	    statement, 2, about->session.size > 0 ? &about->session : NULL);
	found = state_step(state, statement);
	if (found <= 0)
		return found;
	row->number = state_number(statement, 0);
	row->total = state_number(statement, 1);
	row->is_open = state_is_text(statement, 2, "open");
	state_reset(statement);
	return 1;
}

static int64_t
total_of(const struct about *about)
{
	/* Pages of several that share no session cannot be told from those of
	   another sync. */
	if (about->session.size == 0 && about->total != 1)
		return NEVER;
	return about->page == 0 ? UNKNOWN : about->total;
}

static int
insert(struct state *state, const struct roster *roster,
    const struct about *about, struct line_value object,
    const struct snapshot_sink *sink)
{
	const int64_t numbers[] = {roster->id, roster->snapshots,
	    total_of(about), sink->now, sink->first_came};
	char *rest = about_copy_rest(object);
	struct state_row *statement;
	struct token_text text;
	int result;

	if (!rest)
		return state_fail_memory(state);
	statement = state_use(state, STATE_ADD_SNAPSHOT, 5, numbers);
	text = (struct token_text){rest, strlen(rest), NULL};
	state_bind_text(
	    statement, 6, about->session.size > 0 ? &about->session : NULL);
	state_bind_text(statement, 7, &text);
	result = state_run(state, statement);
	free(rest);
	return result;
}

/* 1, 0, or -1. */
static int
is_late(struct state *state, const struct roster *roster,
    const struct snapshot_sink *sink)
{
	const int64_t newest[] = {roster->id, roster->snapshots};
	struct state_row *row = state_use(state, STATE_GET_SNAPSHOT, 2, newest);
	int found;

	if (sink->last_came == 0)
		return 0;
	found = state_step(state, row);
	if (found <= 0)
		return found;
	found = state_number(row, 4) > sink->last_came;
	state_reset(row);
	return found;
}

static int
begin(struct state *state, struct roster *roster, const struct about *about,
    struct line_value object, const struct snapshot_sink *sink)
{
	const int64_t before[] = {roster->id, roster->snapshots};
	const int64_t count[] = {roster->id, roster->snapshots + 1};

	if (settle(state, before, true, sink) < 0)
		return -1;
	roster->snapshots++;
	if (state_run(state, state_use(state, STATE_COUNT_SNAPSHOT, 2, count)) <
	    0)
		return -1;
	return insert(state, roster, about, object, sink);
}

static int
put_page(
    struct state *state, const struct roster *roster, const struct about *about)
{
	const int64_t numbers[] = {roster->id, roster->snapshots, about->page};

	return state_run(state, state_use(state, STATE_ADD_PAGE, 3, numbers));
}

static int
set_total(struct state *state, const struct roster *roster, int64_t total)
{
	const int64_t numbers[] = {roster->id, roster->snapshots, total};

	return state_run(
	    state, state_use(state, STATE_TOTAL_SNAPSHOT, 3, numbers));
}

/* Notes a page of the newest snapshot, which is open. */
static int
note(struct state *state, const struct roster *roster,
    const struct about *about, int64_t total, const struct snapshot_sink *sink)
{
	if (about->page == 0)
		return SNAPSHOT_UNWHOLE;
	if (total == UNKNOWN) {
		if (set_total(state, roster, about->total) < 0)
			return -1;
		total = about->total;
	}
	if (total != about->total)
		return set_total(state, roster, NEVER) < 0 ? -1
							   : SNAPSHOT_UNWHOLE;
	if (sink->is_cut)
		return SNAPSHOT_NEWEST;
	return put_page(state, roster, about) < 0 ? -1 : SNAPSHOT_NEWEST;
}

int
snapshot_note_page(struct state *state, struct roster *roster,
    const struct about *about, struct line_value object,
    const struct snapshot_sink *sink)
{
	struct row row = {.is_open = true, .total = total_of(about)};
	const int found = find(state, roster, about, &row);
	const int late = found == 0 ? is_late(state, roster, sink) : 0;

	if (found < 0 || late < 0)
		return -1;
	if (late || (found && row.number < roster->snapshots))
		return SNAPSHOT_OLD;
	if (!found && begin(state, roster, about, object, sink) < 0)
		return -1;
	if (!row.is_open)
		return SNAPSHOT_NEWEST;
	return note(state, roster, about, row.total, sink);
}

int
snapshot_end_all(struct state *state, const struct snapshot_sink *sink)
{
	int64_t numbers[2] = {-1, 0};
	struct state_row *statement;
	int found;

	/* A roster has one that is open at most: its newest. */
	for (;;) {
		statement =
		    state_use(state, STATE_NEXT_OPEN_SNAPSHOT, 1, numbers);
		state_bind_text(statement, 2, &sink->campaign);
		found = state_step(state, statement);
		if (found <= 0)
			return found;
		numbers[0] = state_number(statement, 0);
		numbers[1] = state_number(statement, 1);
		state_reset(statement);
		if (settle(state, numbers, false, sink) < 0)
			return -1;
	}
}
