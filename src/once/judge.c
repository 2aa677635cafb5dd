#include "once/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "once/docket.h"
#include "once/keys.h"
#include "once/passed.h"
#include "once/snapshot.h"

struct judge {
	struct state *state;
	struct judge_options options;
	struct passed *passed;
	uint64_t at; /* the next line's, in the input */
	uint64_t unwhole;
	const char *why;
	bool is_ready;

	struct docket docket;
	bool are_saved; /* those of the roster, to be loaded anew */

	/* For the place before `taken`. */
	size_t taken;
	struct roster roster;
	bool is_old;
};

struct judge *
judge_open(struct state *state, const struct judge_options *options,
    struct passed *passed)
{
	struct judge *judge = calloc(1, sizeof *judge);

	if (!judge)
		return NULL;
	if (docket_open(&judge->docket, state, options->campaign) < 0) {
		judge_free(judge);
		return NULL;
	}
	judge->state = state;
	judge->options = *options;
	judge->passed = passed;
	return judge;
}

void
judge_free(struct judge *judge)
{
	if (judge)
		docket_close(&judge->docket);
	free(judge);
}

const char *
judge_why(const struct judge *judge)
{
	return judge->why;
}

uint64_t
judge_unwhole(const struct judge *judge)
{
	return judge->unwhole;
}

static enum judge_result
fail(struct judge *judge, int error)
{
	state_fail_with(judge->state, EX_TEMPFAIL, strerror(error));
	return JUDGE_FAILED;
}

static int
save(void *judge_of)
{
	struct judge *judge = judge_of;

	judge->are_saved = true;
	return people_save_roster(judge->docket.people, judge->roster.id);
}

static int
pass_leaves(void *judge_of, const struct token_text *id, const char *rest)
{
	struct judge *judge = judge_of;

	return passed_leaves(judge->passed, id, rest);
}

static struct snapshot_sink
sink_of(struct judge *judge)
{
	return (struct snapshot_sink){
	    .save = save,
	    .leaves = pass_leaves,
	    .to = judge,
	    .now = judge->options.now,
	    .campaign = judge->docket.campaign,
	    .first_came = judge->options.first_came,
	    .last_came = judge->options.last_came,
	    .is_part = judge->options.is_part,
	};
}

static enum judge_result
pass(struct judge *judge, const struct docket_entry *entry)
{
	return passed_line(judge->passed, entry->at, entry->text) < 0
		   ? fail(judge, errno)
		   : JUDGE_OK;
}

/* The page of a snapshot, or the cohort of a difference. */
static enum judge_result
take_place(struct judge *judge, const struct docket_place *place)
{
	const struct roster_key key = docket_key(&judge->docket, &place->about);
	struct snapshot_sink sink = sink_of(judge);
	int which;

	judge->is_old = false;
	if (roster_find(judge->state, &key, &judge->roster) < 0)
		return JUDGE_FAILED;
	if (place->about.action != ABOUT_MEMBERS)
		return JUDGE_OK;
	judge->are_saved = false;
	sink.is_cut =
	    judge->options.is_cut && docket_ends_in(&judge->docket, place);
	which = snapshot_note_page(
	    judge->state, &judge->roster, &place->about, place->object, &sink);
	if (which < 0 ||
	    (judge->are_saved &&
		people_load_roster(judge->docket.people, judge->roster.id) < 0))
		return JUDGE_FAILED;
	judge->is_old = which == SNAPSHOT_OLD;
	judge->unwhole += which == SNAPSHOT_UNWHOLE;
	return JUDGE_OK;
}

/* CHANGE is what a call of roster.h returned. */
static enum judge_result
end_change(struct judge *judge, const struct roster *roster,
    const struct docket_entry *entry, enum roster_change change)
{
	const struct token_text *id =
	    &people_get(judge->docket.people, entry->person)->id;
	const struct line_value properties = entry->value;
	const bool is_in = change == ROSTER_ENTERS || change == ROSTER_IN;
	struct token_text profile;

	if (judge->state->has_profiles && is_in && properties.start) {
		profile = (struct token_text){properties.start,
		    (size_t)(properties.end - properties.start), NULL};
		if (roster_keep_profile(judge->state, roster, id, &profile) < 0)
			return JUDGE_FAILED;
	}
	if (judge->state->has_profiles && change == ROSTER_LEAVES &&
	    roster_drop_profile(judge->state, roster, id) < 0)
		return JUDGE_FAILED;
	return change == ROSTER_ENTERS || change == ROSTER_LEAVES
		   ? pass(judge, entry)
		   : JUDGE_OK;
}

static enum judge_result
judge_cohort(struct judge *judge, const struct docket_entry *entry)
{
	const struct docket_place *place = &judge->docket.places[entry->place];
	const int64_t now = judge->options.now;
	enum roster_change change = ROSTER_OUT;
	bool is_changed = false;
	struct person *person;

	if (judge->taken != (size_t)entry->place + 1) {
		if (take_place(judge, place) != JUDGE_OK)
			return JUDGE_FAILED;
		judge->taken = (size_t)entry->place + 1;
	}
	if (!entry->has_id || judge->is_old)
		return JUDGE_OK;
	person = people_get(judge->docket.people, entry->person);
	switch (place->about.action) {
	case ABOUT_MEMBERS:
		change = roster_see(&judge->roster, person, now, &is_changed);
		break;
	case ABOUT_ADD:
		change =
		    roster_add(&judge->roster, person, now, 0, &is_changed);
		break;
	case ABOUT_REMOVE:
		change = roster_remove(&judge->roster, person, &is_changed);
		break;
	}
	if (is_changed)
		people_change(judge->docket.people, entry->person);
	return end_change(judge, &judge->roster, entry, change);
}

static enum judge_result
judge_form(struct judge *judge, const struct docket_entry *entry)
{
	struct person *person = people_get(judge->docket.people, entry->person);
	enum roster_change change;
	bool is_changed;

	change = roster_add(&judge->docket.form, person, judge->options.now,
	    (int64_t)judge->options.again_s, &is_changed);
	if (is_changed)
		people_change(judge->docket.people, entry->person);
	return end_change(judge, &judge->docket.form, entry, change);
}

static enum judge_result
judge_other(struct judge *judge, const struct docket_entry *entry)
{
	return entry->passes ? pass(judge, entry) : JUDGE_OK;
}

static bool
be_ready(struct judge *judge)
{
	if (!judge->is_ready && judge->options.ready)
		judge->is_ready = judge->options.ready(judge->options.to) == 0;
	return judge->is_ready || !judge->options.ready;
}

enum judge_result
judge_flush(struct judge *judge)
{
	static enum judge_result (*const judges[])(
	    struct judge *, const struct docket_entry *) = {
	    [LINE_FORM] = judge_form,
	    [LINE_COHORT] = judge_cohort,
	    [LINE_OTHER] = judge_other,
	};
	struct docket *docket = &judge->docket;
	enum judge_result result = JUDGE_OK;
	size_t i;

	if (docket->count == 0)
		return JUDGE_OK;
	if (!be_ready(judge))
		return JUDGE_NOT_READY;
	if (docket_load(docket) < 0 ||
	    keys_note(judge->state, docket, judge->options.now,
		(int64_t)judge->options.again_s) < 0)
		return JUDGE_FAILED;
	judge->taken = 0;
	for (i = 0; i < docket->count && result == JUDGE_OK; i++)
		result =
		    judges[docket->entries[i].kind](judge, &docket->entries[i]);
	if (result == JUDGE_OK && people_save(docket->people) < 0)
		result = JUDGE_FAILED;
	docket_clear(docket);
	return result;
}

enum judge_result
judge_line(struct judge *judge, const char *text, size_t size)
{
	const struct line_value whole = {text, text + size};
	enum judge_result result = JUDGE_OK;
	const uint64_t at = judge->at;
	struct line line;

	judge->at += size + 1;
	if (size == 0)
		return JUDGE_OK;
	/* Before the line is read, which may share the last cohort. */
	if (judge->docket.count == DOCKET_MAX)
		result = judge_flush(judge);
	if (result != JUDGE_OK)
		return result;
	if (line_read(text, size, judge->options.key,
		docket_last_object(&judge->docket), &line, &judge->why) < 0)
		return judge->why ? JUDGE_BAD_LINE : JUDGE_NO_MEMORY;
	if (docket_add(&judge->docket, at, whole, &line, &judge->why) < 0)
		result = judge->why ? JUDGE_BAD_LINE : JUDGE_NO_MEMORY;
	line_free(&line);
	return result;
}

enum judge_result
judge_end(struct judge *judge)
{
	const struct snapshot_sink sink = sink_of(judge);
	const enum judge_result result = judge_flush(judge);

	if (result != JUDGE_OK)
		return result;
	if (!be_ready(judge))
		return JUDGE_NOT_READY;
	return snapshot_end_all(judge->state, &sink) < 0 ? JUDGE_FAILED
							 : JUDGE_OK;
}
