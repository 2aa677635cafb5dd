#include "send/filter.h"

#include <errno.h>
#include <jq.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct filter {
	jq_state *jq;
};

/* jq calls this with each of its messages. */
static void
collect(void *context, jv text)
{
	FILE *message = context;

	text = jq_format_error(text);
	if (jv_get_kind(text) == JV_KIND_STRING)
		fprintf(message, "%s\n", jv_string_value(text));
	jv_free(text);
}

/* While a program runs, messages of jq may repeat parts of a profile. */
static void
ignore(void *context, jv text)
{
	(void)context;
	jv_free(text);
}

/* Each run has one profile, and no further input. */
static jv
give_no_input(jq_state *jq, void *context)
{
	(void)jq;
	(void)context;
	return jv_invalid();
}

static void
trim_newlines(char *message)
{
	size_t size = strlen(message);

	while (size > 0 && message[size - 1] == '\n')
		message[--size] = '\0';
}

static bool
compile(struct filter *filter, const char *program, char **message)
{
	size_t size;
	FILE *file = open_memstream(message, &size);
	bool compiled;

	if (!file)
		return false;
	jq_set_error_cb(filter->jq, collect, file);
	/* libjq 1.6 does not initialise these two. */
	jq_set_input_cb(filter->jq, give_no_input, NULL);
	jq_set_debug_cb(filter->jq, ignore, NULL);
	/* Modules are found where jq(1) finds them without options. */
	jq_set_attr(filter->jq, jv_string("JQ_LIBRARY_PATH"),
	    jv_array_append(jv_array(), jv_string("~/.jq")));
	jq_set_attr(filter->jq, jv_string("JQ_ORIGIN"), jv_string("."));
	jq_set_attr(filter->jq, jv_string("PROGRAM_ORIGIN"), jv_string("."));
	compiled = jq_compile(filter->jq, program);
	jq_set_error_cb(filter->jq, ignore, NULL);
	if (fclose(file) == EOF) {
		free(*message);
		*message = NULL;
		return false;
	}
	trim_newlines(*message);
	return compiled;
}

/* With a zone that has a summer time, mktime and fromdate of libjq 1.6 are an
   hour off in summer, and localtime differs from machine to machine. */
static bool
set_time_zone(void)
{
	if (setenv("TZ", "UTC", 1) < 0)
		return false;
	tzset();
	return true;
}

struct filter *
filter_compile(const char *program, char **message)
{
	struct filter *filter = malloc(sizeof *filter);

	*message = NULL;
	if (!filter)
		return NULL;
	filter->jq = jq_init();
	if (filter->jq && set_time_zone() &&
	    compile(filter, program, message)) {
		free(*message);
		*message = NULL;
		return filter;
	}
	filter_free(filter);
	return NULL;
}

/* What an output means; false and null mean that there is no match. */
static enum filter_result
meaning(jv output)
{
	switch (jv_get_kind(output)) {
	case JV_KIND_TRUE:
		return FILTER_MATCH;
	case JV_KIND_FALSE:
	case JV_KIND_NULL:
		return FILTER_NO_MATCH;
	default:
		return FILTER_NO_CONDITION;
	}
}

static enum filter_result
run_to_match(jq_state *jq)
{
	enum filter_result result = FILTER_NO_MATCH;
	jv output = jq_next(jq);

	while (jv_is_valid(output)) {
		result = meaning(output);
		jv_free(output);
		if (result == FILTER_MATCH)
			return FILTER_MATCH;
		output = jq_next(jq);
	}
	if (jv_invalid_has_msg(output) || jq_halted(jq))
		return FILTER_FAILED;
	return result;
}

enum filter_result
filter_try(struct filter *filter, const char *profile, size_t size)
{
	jv value;

	if (size > INT_MAX)
		return FILTER_FAILED;
	value = jv_parse_sized(profile, (int)size);
	if (!jv_is_valid(value)) {
		jv_free(value);
		return FILTER_FAILED;
	}
	jq_start(filter->jq, value, 0);
	return run_to_match(filter->jq);
}

void
filter_free(struct filter *filter)
{
	if (filter && filter->jq)
		jq_teardown(&filter->jq);
	free(filter);
}
