#include "tool/options.h"

#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/number.h"
#include "base/say.h"
#include "tool/tool.h"

/* What getopt_long returns for the long option of entries[0]. */
#define FIRST_LONG (UCHAR_MAX + 1)

/* The same for getopt_long(3). */
struct getopt_table {
	char letters[2 + 2 * OPTIONS_MAX + 2]; /* "+:" ... "h" */
	struct option names[OPTIONS_MAX + 2];  /* ... help, the end */
};

static bool
has_value(const struct options_entry *entry)
{
	return entry->kind != OPTIONS_FLAG && entry->kind != OPTIONS_CHOICE;
}

/* TABLE is all 0. */
static void
make_table(struct getopt_table *table, const struct options_entry *entries,
    size_t count)
{
	char *letter = table->letters;
	struct option *name = table->names;
	size_t i;

	*letter++ = '+';
	*letter++ = ':';
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

static int
wrong_value(const struct options_entry *entry, const char *value)
{
	if (entry->letter)
		return say_fail(EX_USAGE, "-%c is '%s': it takes %s",
		    entry->letter, value, entry->takes);
	return say_fail(EX_USAGE, "--%s is '%s': it takes %s", entry->name,
	    value, entry->takes);
}

static int
set_value(const struct options_entry *entry, const char *value, void *values)
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
	}
	return result < 0 ? wrong_value(entry, value) : EX_OK;
}

int
options_parse(int argc, char **argv, const char *usage,
    const struct options_entry *entries, size_t count, void *values)
{
	const struct options_entry *entry;
	struct getopt_table table = {0};
	int option, status = EX_OK;

	make_table(&table, entries, count);
	while (
	    status == EX_OK && (option = getopt_long(argc, argv, table.letters,
				    table.names, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		entry = find_entry(entries, count, option);
		status = entry ? set_value(entry, optarg, values)
			       : tool_wrong_option(option, optopt, argv);
	}
	return status;
}
