#include "once/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "once/about.h"
#include "once/keys.h"
#include "once/line.h"
#include "once/print.h"
#include "once/snapshot.h"

struct judge {
	struct state *state;
	struct judge_options options;
	struct token_text campaign;
	FILE *to;
	uint64_t passed, unwhole;
	const char *why;

	bool has_form;
	struct roster form;

	/* The $cohort of the last line, which the next ones share. */
	char *object;
	size_t object_size, object_room;
	enum about_action action;
	struct roster roster;
	bool is_old;
};

struct judge *
judge_open(struct state *state, const struct judge_options *options, FILE *to)
{
	struct judge *judge = calloc(1, sizeof *judge);

	if (!judge)
		return NULL;
	judge->state = state;
	judge->options = *options;
	judge->campaign = (struct token_text){
	    options->campaign, strlen(options->campaign), NULL};
	judge->to = to;
	return judge;
}

void
judge_free(struct judge *judge)
{
	if (judge)
		free(judge->object);
	free(judge);
}

const char *
judge_why(const struct judge *judge)
{
	return judge->why;
}

uint64_t
judge_passed(const struct judge *judge)
{
	return judge->passed;
}

uint64_t
judge_unwhole(const struct judge *judge)
{
	return judge->unwhole;
}

static enum judge_result
pass(struct judge *judge, struct line_value line)
{
	const size_t size = (size_t)(line.end - line.start);

	if (fwrite_unlocked(line.start, 1, size, judge->to) != size ||
	    putc_unlocked('\n', judge->to) == EOF) {
		state_fail_with(judge->state, EX_TEMPFAIL, strerror(errno));
		return JUDGE_FAILED;
	}
	judge->passed++;
	return JUDGE_OK;
}

/* Somebody was in no page of a whole snapshot. */
static int
print_leaves(void *judge_of, const struct token_text *id, const char *rest)
{
	struct judge *judge = judge_of;

	fputs("{\"$distinct_id\":", judge->to);
	print_json_string(judge->to, id->text, id->size);
	fprintf(judge->to,
	    ",\"$properties\":{},\"$cohort\":{\"action\":\"remove_members\"%s,"
	    "\"inferred\":true}}\n",
	    rest);
	judge->passed++;
	return ferror(judge->to) ? -1 : 0;
}

static struct snapshot_sink
sink_of(struct judge *judge)
{
	return (struct snapshot_sink){
	    .leaves = print_leaves,
	    .to = judge,
	    .now = judge->options.now,
	    .is_part = judge->options.is_part,
	};
}

/* The page of a snapshot, or the cohort of a difference. */
static enum judge_result
find_place(
    struct judge *judge, const struct about *about, struct line_value object)
{
	const struct roster_key key = {
	    false, judge->campaign, about->project, about->cohort, about->name};
	const struct snapshot_sink sink = sink_of(judge);
	int place;

	judge->action = about->action;
	judge->is_old = false;
	if (roster_find(judge->state, &key, &judge->roster) < 0)
		return JUDGE_FAILED;
	if (about->action != ABOUT_MEMBERS)
		return JUDGE_OK;
	place = snapshot_note_page(
	    judge->state, &judge->roster, about, object, &sink);
	if (place < 0)
		return JUDGE_FAILED;
	judge->is_old = place == SNAPSHOT_OLD;
	judge->unwhole += place == SNAPSHOT_UNWHOLE;
	return JUDGE_OK;
}

/* 0, or -1: no memory. */
static int
remember_object(struct judge *judge, struct line_value object)
{
	const size_t size = (size_t)(object.end - object.start);
	char *grown;

	if (size > judge->object_room) {
		grown = realloc(judge->object, size);
		if (!grown)
			return state_fail_with(
			    judge->state, EX_TEMPFAIL, strerror(ENOMEM));
		judge->object = grown;
		judge->object_room = size;
	}
	memcpy(judge->object, object.start, size);
	judge->object_size = size;
	return 0;
}

static enum judge_result
take_cohort(struct judge *judge, struct line_value object)
{
	enum judge_result result;
	struct about about;

	if (judge->object_size == (size_t)(object.end - object.start) &&
	    memcmp(judge->object, object.start, judge->object_size) == 0)
		return JUDGE_OK;
	judge->object_size = 0;
	if (about_read(object, &about, &judge->why) < 0)
		return JUDGE_BAD_LINE;
	result = find_place(judge, &about, object);
	about_free(&about);
	if (result == JUDGE_OK && remember_object(judge, object) < 0)
		result = JUDGE_FAILED;
	return result;
}

/* CHANGE is what a call of roster.h returned. */
static enum judge_result
end_change(struct judge *judge, const struct roster *roster, int change,
    const struct line *line, struct line_value text)
{
	const struct line_value properties = line->properties;
	const bool is_in = change == ROSTER_ENTERS || change == ROSTER_IN;
	struct token_text profile;

	if (change < 0)
		return JUDGE_FAILED;
	if (judge->state->has_profiles && is_in && properties.start) {
		profile = (struct token_text){properties.start,
		    (size_t)(properties.end - properties.start), NULL};
		if (roster_keep_profile(
			judge->state, roster, &line->id, &profile) < 0)
			return JUDGE_FAILED;
	}
	return change == ROSTER_ENTERS || change == ROSTER_LEAVES
		   ? pass(judge, text)
		   : JUDGE_OK;
}

static int
change_roster(struct judge *judge, const struct token_text *id)
{
	switch (judge->action) {
	case ABOUT_MEMBERS:
		return roster_see(
		    judge->state, &judge->roster, id, judge->options.now);
	case ABOUT_ADD:
		return roster_add(
		    judge->state, &judge->roster, id, judge->options.now, 0);
	case ABOUT_REMOVE:
		return roster_remove(judge->state, &judge->roster, id);
	}
	return ROSTER_OUT;
}

static enum judge_result
judge_cohort(
    struct judge *judge, const struct line *line, struct line_value text)
{
	enum judge_result result = take_cohort(judge, line->cohort);
	int change;

	if (result != JUDGE_OK || !line->has_id || judge->is_old)
		return result;
	change = change_roster(judge, &line->id);
	return end_change(judge, &judge->roster, change, line, text);
}

static enum judge_result
judge_form(struct judge *judge, const struct line *line, struct line_value text)
{
	const struct token_text none = {"", 0, NULL};
	const struct roster_key key = {true, judge->campaign, none, none, none};

	if (!judge->has_form &&
	    roster_find(judge->state, &key, &judge->form) < 0)
		return JUDGE_FAILED;
	judge->has_form = true;
	return end_change(judge, &judge->form,
	    roster_add(judge->state, &judge->form, &line->id,
		judge->options.now, (sqlite3_int64)judge->options.again_s),
	    line, text);
}

static enum judge_result
judge_other(
    struct judge *judge, const struct line *line, struct line_value text)
{
	struct token_text key;
	int passes;

	if (!line->key.start || *line->key.start == 'n')
		return pass(judge, text);
	if (token_decode(line->key.start, line->key.end, &key) < 0) {
		state_fail_with(judge->state, EX_TEMPFAIL, strerror(ENOMEM));
		return JUDGE_FAILED;
	}
	passes = keys_note(judge->state, &judge->campaign, &key,
	    judge->options.now, (sqlite3_int64)judge->options.again_s);
	token_text_free(&key);
	if (passes < 0)
		return JUDGE_FAILED;
	return passes ? pass(judge, text) : JUDGE_OK;
}

enum judge_result
judge_line(struct judge *judge, const char *text, size_t size)
{
	const struct line_value whole = {text, text + size};
	enum judge_result result;
	struct line line;

	judge->why = NULL;
	if (line_read(text, size, judge->options.key, &line, &judge->why) < 0)
		return JUDGE_BAD_LINE;
	switch (line.kind) {
	case LINE_FORM:
		result = judge_form(judge, &line, whole);
		break;
	case LINE_COHORT:
		result = judge_cohort(judge, &line, whole);
		break;
	default:
		result = judge_other(judge, &line, whole);
	}
	line_free(&line);
	return result;
}

enum judge_result
judge_end(struct judge *judge)
{
	const struct snapshot_sink sink = sink_of(judge);

	if (snapshot_end_all(judge->state, &sink) < 0 ||
	    roster_merge(judge->state, false) < 0)
		return JUDGE_FAILED;
	return JUDGE_OK;
}
