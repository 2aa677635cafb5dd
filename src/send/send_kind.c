#include "send/send_kind.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/say.h"

/* The names are those of Mixpanel's page on alerts; nobody is in it. */
static const char alert[] =
    "{\"event_type\":\"custom_alert_triggered\","
    "\"alert\":{\"id\":1,\"name\":\"[TEST] Sign-ups fall\"},"
    "\"condition\":{\"metric\":\"Sign Up\",\"operator\":\"less than\","
    "\"threshold\":100,\"value\":42},"
    "\"report\":{\"id\":1,\"name\":\"Sign-ups a day\"},"
    "\"links\":{\"report\":\"https://mixpanel.example.com/report/1\","
    "\"alert\":\"https://mixpanel.example.com/alert/1\"}}";

struct check {
	bool is_wrong;
	const char *why;
};

static const char *
first_wrong(const struct check *checks, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (checks[i].is_wrong)
			return checks[i].why;
	return NULL;
}

/* NULL, or why the options do not fit the webhook: a constant. */
static const char *
find_misfit(const struct send_options *options, bool has_files)
{
	const struct cohort_options *cohort = &options->cohort;
	const bool of_cohort =
	    cohort->first || cohort->order || cohort->resume || cohort->project;
	const int kinds = options->alert + options->stream + !!cohort->given;
	const struct check checks[] = {
	    {kinds > 1, "--alert, --stream and --cohort exclude each other"},
	    {kinds > 0 && options->campaign,
		"--campaign is of users in a form, without --alert, --stream "
		"and --cohort"},
	    {of_cohort && !cohort->given,
		"--project, --first, --page-order and --resume go with "
		"--cohort"},
	    {cohort->given && !options->state,
		"--cohort needs --state, a file that remembers who is in"},
	    {cohort->given && options->repeat > 1,
		"--repeat sends users again, which --cohort never does"},
	    {options->alert && (has_files || options->source.sample > 0 ||
				   options->where || options->watch_s > 0),
		"--alert is one example, without files, --sample, --where and "
		"--watch"},
	    {options->stream && options->watch_s > 0,
		"--stream sends each line once, without --watch"},
	};

	return first_wrong(checks, sizeof checks / sizeof *checks);
}

/* WORDS are the two that it may be. Sets whether it is the second one. */
static int
take_word(const char *option, const char *word, const char *const words[2],
    bool *is_second)
{
	*is_second = word && strcmp(word, words[1]) == 0;
	if (!word || *is_second || strcmp(word, words[0]) == 0)
		return EX_OK;
	return say_fail(EX_USAGE, "--%s is '%s': it takes %s or %s", option,
	    word, words[0], words[1]);
}

bool
send_kind_is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

static int
take_cohort(struct cohort_options *cohort)
{
	static const char *const firsts[] = {"members", "add"};
	static const char *const orders[] = {"ascending", "shuffled"};
	const char *colon = strchr(cohort->given, ':');
	int status;

	cohort->id =
	    colon ? strndup(cohort->given, (size_t)(colon - cohort->given))
		  : strdup(cohort->given);
	if (!cohort->id)
		return say_fail(EX_OSERR, "no memory");
	cohort->name = colon ? colon + 1 : cohort->id;
	if (!cohort->project)
		cohort->project = "1";
	if (!send_kind_is_utf8(cohort->given) ||
	    !send_kind_is_utf8(cohort->project))
		return say_fail(EX_USAGE,
		    "--cohort or --project is wrong: it is not UTF-8");
	if (cohort->id[0] == '\0' || cohort->name[0] == '\0')
		return say_fail(EX_USAGE, "--cohort takes ID or ID:NAME");
	status = take_word("first", cohort->first, firsts, &cohort->adds_first);
	if (status != EX_OK)
		return status;
	return take_word(
	    "page-order", cohort->order, orders, &cohort->is_shuffled);
}

static const struct webhook *
choose(const struct send_options *options)
{
	if (options->alert)
		return &webhook_alert;
	if (options->stream)
		return &webhook_stream;
	return options->cohort.given ? &webhook_cohort : &webhook_form;
}

int
send_kind_take(struct send_options *options)
{
	struct profiles_source *source = &options->source;
	const struct webhook *webhook = choose(options);
	const char *why = find_misfit(options, source->file_count > 0);

	if (why)
		return say_fail(EX_USAGE, "%s", why);
	options->outbox.webhook = webhook;
	options->client.type = webhook->type;
	if (options->outbox.batch == 0)
		options->outbox.batch = webhook->batch;
	if (options->outbox.batch > webhook->max_batch)
		return say_fail(EX_USAGE,
		    "--batch is at most %" PRIu64 " for this webhook",
		    webhook->max_batch);
	source->events = options->stream;
	source->line = options->alert ? alert : NULL;
	return options->cohort.given ? take_cohort(&options->cohort) : EX_OK;
}
