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

/* NULL without memory. */
static json_t *
counts_as_json(const struct counts *counts, time_t now)
{
	const time_t oldest = counts->oldest, newest = counts->newest;

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}",
	    "campaign", counts->name, "batches", (json_int_t)counts->batches,
	    "users", (json_int_t)counts->users, "bytes",
	    (json_int_t)counts->bytes, "failed_batches",
	    (json_int_t)counts->failed, "aside_elements",
	    (json_int_t)counts->aside, "files_in_tmp",
	    (json_int_t)counts->leftovers, "foreign_files",
	    foreign_as_json(counts), "oldest_age_seconds",
	    oldest ? json_integer(report_age(oldest, now)) : json_null(),
	    "newest_age_seconds",
	    newest ? json_integer(report_age(newest, now)) : json_null());
}

int
report_json(const struct counts *counts, size_t count, time_t now)
{
	json_t *list = json_array();
	int result = -1;
	size_t i;

	for (i = 0; i < count; i++)
		if (json_array_append_new(
			list, counts_as_json(&counts[i], now)) < 0)
			break;
	/* Not json_dumps: without memory it leaves out keys in silence. */
	if (list && i == count)
		result = json_dumpf(list, stdout, JSON_INDENT(2));
	json_decref(list);
	putchar('\n');
	return result == 0 || ferror(stdout) ? 0 : -1;
}
