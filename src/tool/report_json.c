#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/report.h"

/*
 * A file's name is any bytes. If they are not UTF-8, as JSON is, each one that
 * is not ASCII becomes '?'. NULL without memory.
 */
static json_t *
name_as_json(const char *name)
{
	json_t *string = json_string(name);
	char *copy, *p;

	if (string)
		return string;
	copy = strdup(name);
	for (p = copy; p && *p; p++)
		if (*p & 0x80)
			*p = '?';
	string = copy ? json_string(copy) : NULL;
	free(copy);
	return string;
}

/* NULL without memory. */
static json_t *
foreign_as_json(const struct counts *counts)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < counts->foreign_count; i++)
		if (json_array_append_new(
			list, name_as_json(counts->foreign[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *
age_as_json(time_t from, time_t now)
{
	return from ? json_integer(report_age(from, now)) : json_null();
}

static json_t *
ms_as_json(int64_t from_ms, time_t now)
{
	return age_as_json((time_t)(from_ms / 1000), now);
}

/* A sender's bytes are in no reason, and what else it may hold is UTF-8. */
static json_t *
refusals_as_json(const struct summary_campaign *journal, time_t now)
{
	if (journal->last_refusal_ms == 0)
		return json_null();
	return json_pack("{s:o, s:i, s:o}", "age_seconds",
	    ms_as_json(journal->last_refusal_ms, now), "status",
	    (int)journal->last_status, "reason",
	    name_as_json(journal->last_why));
}

/* Of today; null when nothing is known of it. */
static json_t *
today_as_json(const struct overview *overview, uint64_t count)
{
	return overview_is_known(overview) ? json_integer((json_int_t)count)
					   : json_null();
}

/* What the journal knows of a campaign. NULL without memory. */
static json_t *
journal_as_json(
    const struct overview *overview, const struct summary_campaign *journal)
{
	const time_t now = overview->now;

	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o}",
	    "requests_today", today_as_json(overview, journal->today.requests),
	    "users_today", today_as_json(overview, journal->today.users),
	    "refused_today", today_as_json(overview, journal->today.refused),
	    "users_total", (json_int_t)journal->users, "aside_total",
	    (json_int_t)journal->aside, "runs_total", (json_int_t)journal->runs,
	    "failed_runs_total", (json_int_t)journal->failed_runs,
	    "last_refusal", refusals_as_json(journal, now),
	    "last_handover_age_seconds",
	    ms_as_json(journal->last_success_ms, now), "last_run_exit_status",
	    journal->last_run_ms ? json_integer(journal->last_exit)
				 : json_null());
}

/* NULL without memory. */
static json_t *
counts_as_json(const struct counts *counts, time_t now)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, "
			 "s:o, s:I, s:o}",
	    "campaign", counts->name, "batches", (json_int_t)counts->batches,
	    "users", (json_int_t)counts->users, "bytes",
	    (json_int_t)counts->bytes, "failed_batches",
	    (json_int_t)counts->failed, "aside_elements",
	    (json_int_t)counts->aside, "done_batches", (json_int_t)counts->done,
	    "files_in_tmp", (json_int_t)counts->leftovers, "foreign_files",
	    foreign_as_json(counts), "oldest_age_seconds",
	    age_as_json(counts->oldest, now), "newest_age_seconds",
	    age_as_json(counts->newest, now), "free_bytes",
	    (json_int_t)counts->free_bytes, "free_inodes",
	    counts->free_files == UINT64_MAX
		? json_null()
		: json_integer((json_int_t)counts->free_files));
}

/* Takes both objects. NULL without memory. */
static json_t *
unite(json_t *object, json_t *other)
{
	const bool is_complete =
	    object && other && json_object_update(object, other) == 0;

	json_decref(other);
	if (is_complete)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
receiver_as_json(
    const struct overview *overview, const struct overview_campaign *campaign)
{
	static const char *const journals[] = {
	    [CONDITION_KEPT] = "kept",
	    [CONDITION_OFF] = "off",
	    [CONDITION_UNREADABLE] = "unreadable",
	    [CONDITION_UNWRITABLE] = "unwritable",
	};
	const struct ask_answer *receiver = &campaign->receiver;

	return json_pack("{s:s, s:o, s:o}", "journal",
	    journals[overview->journal.kind], "last_arrival_age_seconds",
	    age_as_json(overview_last_arrival(campaign), overview->now),
	    "receiver",
	    overview->is_asked ? json_pack("{s:b, s:i, s:s}", "healthy",
				     receiver->status == 200, "status",
				     receiver->status, "answer", receiver->text)
			       : json_null());
}

static json_t *
campaign_as_json(
    const struct overview *overview, const struct overview_campaign *campaign)
{
	return unite(unite(counts_as_json(&campaign->counts, overview->now),
			 journal_as_json(overview, campaign->journal)),
	    receiver_as_json(overview, campaign));
}

/* What came for no campaign has the name null, and no folder. */
static json_t *
nobody_as_json(const struct overview *overview)
{
	return unite(json_pack("{s:n}", "campaign"),
	    journal_as_json(overview, overview->nobody));
}

int
report_json(const struct overview *overview)
{
	json_t *list = json_array();
	int result = 0;
	size_t i;

	for (i = 0; i < overview->count && result == 0; i++)
		result = json_array_append_new(
		    list, campaign_as_json(overview, &overview->campaigns[i]));
	if (overview->nobody->last_refusal_ms && result == 0)
		result = json_array_append_new(list, nobody_as_json(overview));
	/* Not json_dumps: without memory it leaves out keys in silence. */
	if (list && result == 0)
		result = json_dumpf(list, stdout, JSON_INDENT(2));
	else
		result = -1;
	json_decref(list);
	putchar('\n');
	return result == 0 || ferror(stdout) ? 0 : -1;
}
