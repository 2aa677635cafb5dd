#include "tool/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/number.h"
#include "base/say.h"
#include "tool/tool.h"

/* What getopt_long returns for the long option of entries[0]. */
#define FIRST_LONG (UCHAR_MAX + 1)

/* The same for getopt_long(3). */
struct getopt_table {
	char letters[2 + 2 * OPTIONS_MAX + 2]; /* "+:" or ":" ... "h" */
	struct option names[OPTIONS_MAX + 2];  /* ... help, the end */
};

static bool
has_value(const struct options_entry *entry)
{
	return entry->kind != OPTIONS_FLAG && entry->kind != OPTIONS_CHOICE;
}

/* TABLE is all 0, but for the first of its letters. */
static void
make_table(struct getopt_table *table, const struct options_entry *entries,
    size_t count)
{
	char *letter = table->letters + strlen(table->letters);
	struct option *name = table->names;
	size_t i;

	for (i = 0; i < count; i++) {
		if (entries[i].letter)
			*letter++ = entries[i].letter;
		if (entries[i].letter && has_value(&entries[i]))
			*letter++ = ':';
		if (entries[i].name)
			*name++ = (struct option){entries[i].name,
			    has_value(&entries[i]), NULL, FIRST_LONG + (int)i};
	}
	*letter = 'h';
	*name = (struct option){"help", no_argument, NULL, 'h'};
}

static const struct options_entry *
find_entry(const struct options_entry *entries, size_t count, int option)
{
	size_t i;

	if (option >= FIRST_LONG)
		return &entries[option - FIRST_LONG];
	for (i = 0; i < count; i++)
		if (entries[i].letter && entries[i].letter == option)
			return &entries[i];
	return NULL;
}

/* OPTION, of getopt, tells whether the letter was given, or the name. */
static int
wrong_value(const struct options_entry *entry, int option, const char *value)
{
	if (option < FIRST_LONG)
		return say_fail(EX_USAGE, "-%c is '%s': it takes %s",
		    entry->letter, value, entry->takes);
	return say_fail(EX_USAGE, "--%s is '%s': it takes %s", entry->name,
	    value, entry->takes);
}

static int
keep_secret(char **secret, char *value)
{
	free(*secret);
	*secret = strdup(value);
	memset(value, '*', strlen(value));
	return *secret ? EX_OK : say_fail(EX_OSERR, "no memory");
}

static int
set_value(
    const struct options_entry *entry, int option, char *value, void *values)
{
	void *at = (char *)values + entry->at;
	int result = 0;

	switch (entry->kind) {
	case OPTIONS_FLAG:
		*(bool *)at = true;
		break;
	case OPTIONS_CHOICE:
		*(int *)at = (int)entry->min;
		break;
	case OPTIONS_TEXT:
		*(const char **)at = value;
		break;
	case OPTIONS_COUNT:
		result = number_parse(value, entry->min, entry->max, at);
		break;
	case OPTIONS_TIME:
		result = number_parse_time(value, entry->min, entry->max, at);
		break;
	case OPTIONS_SHARE:
		result = number_parse_share(value, at);
		break;
	case OPTIONS_RATE:
		result = number_parse_rate(value, at);
		break;
	case OPTIONS_SECRET:
		return keep_secret(at, value);
	}
	return result < 0 ? wrong_value(entry, option, value) : EX_OK;
}

static int
parse_with(struct getopt_table *table, int argc, char **argv, const char *usage,
    const struct options_entry *entries, size_t count, void *values)
{
	const struct options_entry *entry;
	int option, status = EX_OK;

	make_table(table, entries, count);
	while (
	    status == EX_OK && (option = getopt_long(argc, argv, table->letters,
				    table->names, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		entry = find_entry(entries, count, option);
		status = entry ? set_value(entry, option, optarg, values)
			       : tool_wrong_option(option, optopt, argv);
	}
	return status;
}

int
options_parse(int argc, char **argv, const char *usage,
    const struct options_entry *entries, size_t count, void *values)
{
	struct getopt_table table = {.letters = "+:"};

	return parse_with(&table, argc, argv, usage, entries, count, values);
}

int
options_parse_anywhere(int argc, char **argv, const char *usage,
    const struct options_entry *entries, size_t count, void *values)
{
	struct getopt_table table = {.letters = ":"};

	return parse_with(&table, argc, argv, usage, entries, count, values);
}
