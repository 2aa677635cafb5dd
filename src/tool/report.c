#include "tool/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "tool/tool.h"

/* A batch may be dated after now: the clock may have been set back. */
static int64_t
age_of(time_t from, time_t now)
{
	return now > from ? now - from : 0;
}

static void
print_age(time_t from, time_t now)
{
	const int64_t age = age_of(from, now);
	char text[32] = "-";

	if (from && age < 120)
		snprintf(text, sizeof text, "%" PRId64 "s", age);
	else if (from && age < 7200)
		snprintf(text, sizeof text, "%" PRId64 "m", age / 60);
	else if (from && age < 172800)
		snprintf(text, sizeof text, "%" PRId64 "h", age / 3600);
	else if (from)
		snprintf(text, sizeof text, "%" PRId64 "d", age / 86400);
	printf(" %6s", text);
}

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

static void
print_foreign(const struct counts *counts)
{
	char name[4 * NAME_MAX + 1];
	size_t i;

	for (i = 0; i < counts->foreign_count; i++) {
		printable_copy(name, sizeof name, counts->foreign[i],
		    strlen(counts->foreign[i]));
		printf("%s/new/%s is not a batch and is left alone\n",
		    counts->name, name);
	}
}

/* Clocks of several hosts differ a little. */
#define CLOCKS_DIFFER 60

static void
print_future(const struct counts *counts, time_t now)
{
	if (counts->batches > 0 && counts->newest > now + CLOCKS_DIFFER)
		printf("%s: a batch is dated after now: a clock was wrong, "
		       "and its age does not count\n",
		    counts->name);
}

int
report_table(const struct counts *counts, size_t count, time_t now)
{
	size_t i;

	printf("%-24s %8s %10s %12s %6s %6s %6s %6s %4s\n", "CAMPAIGN",
	    "BATCHES", "USERS", "BYTES", "OLDEST", "NEWEST", "FAILED", "ASIDE",
	    "TMP");
	for (i = 0; i < count; i++) {
		const struct counts *c = &counts[i];

		printf("%-24s %8" PRIu64 " %10" PRIu64 " %12" PRIu64, c->name,
		    c->batches, c->users, c->bytes);
		print_age(c->oldest, now);
		print_age(c->newest, now);
		printf(" %6" PRIu64 " %6" PRIu64 " %4" PRIu64 "\n", c->failed,
		    c->aside, c->leftovers);
	}
	for (i = 0; i < count; i++) {
		print_future(&counts[i], now);
		print_foreign(&counts[i]);
	}
	return 0;
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
	    oldest ? json_integer(age_of(oldest, now)) : json_null(),
	    "newest_age_seconds",
	    newest ? json_integer(age_of(newest, now)) : json_null());
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

/* Names of campaigns need no escapes. */
void
report_prometheus(const struct counts *counts, size_t count)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} gauges[] = {
	    {"batches", "Committed batches that wait.",
		offsetof(struct counts, batches)},
	    {"users", "Users in the batches that wait.",
		offsetof(struct counts, users)},
	    {"bytes", "Bytes of the batches that wait.",
		offsetof(struct counts, bytes)},
	    {"failed_batches", "Batches that a command refused.",
		offsetof(struct counts, failed)},
	    {"aside_elements", "Elements of POSTs that were set aside.",
		offsetof(struct counts, aside)},
	    {"tmp_files", "Files in tmp/: being written, or left by a crash.",
		offsetof(struct counts, leftovers)},
	};
	uint64_t value;
	size_t g, i;

	for (g = 0; g < sizeof gauges / sizeof gauges[0]; g++) {
		printf("# HELP mixspool_%s %s\n# TYPE mixspool_%s gauge\n",
		    gauges[g].name, gauges[g].help, gauges[g].name);
		for (i = 0; i < count; i++) {
			memcpy(&value,
			    (const char *)&counts[i] + gauges[g].offset,
			    sizeof value);
			printf("mixspool_%s{campaign=\"%s\"} %" PRIu64 "\n",
			    gauges[g].name, counts[i].name, value);
		}
	}
	puts("# HELP mixspool_foreign_files Files in new/ that are not "
	     "batches.\n"
	     "# TYPE mixspool_foreign_files gauge");
	for (i = 0; i < count; i++)
		printf("mixspool_foreign_files{campaign=\"%s\"} %zu\n",
		    counts[i].name, counts[i].foreign_count);
	puts("# HELP mixspool_oldest_batch_timestamp_seconds When the oldest "
	     "waiting batch was made.\n"
	     "# TYPE mixspool_oldest_batch_timestamp_seconds gauge");
	for (i = 0; i < count; i++)
		if (counts[i].oldest)
			printf("mixspool_oldest_batch_timestamp_seconds{"
			       "campaign=\"%s\"} %" PRId64 "\n",
			    counts[i].name, (int64_t)counts[i].oldest);
}

static void
print_threshold(uint64_t seconds)
{
	putchar(';');
	if (seconds != UINT64_MAX)
		printf("%" PRIu64, seconds);
}

int
report_plugin(const struct counts *counts, size_t count, time_t now,
    const struct report_limits *limits)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL"};
	uint64_t batches = 0, users = 0, failed = 0, aside = 0, age = 0;
	int status = NAGIOS_OK;
	size_t i;

	for (i = 0; i < count; i++) {
		batches += counts[i].batches;
		users += counts[i].users;
		failed += counts[i].failed;
		aside += counts[i].aside;
		if (counts[i].oldest &&
		    (uint64_t)age_of(counts[i].oldest, now) > age)
			age = (uint64_t)age_of(counts[i].oldest, now);
	}
	if (age > limits->warning || failed > 0 || aside > limits->aside)
		status = NAGIOS_WARNING;
	if (age > limits->critical)
		status = NAGIOS_CRITICAL;
	printf("MIXSPOOL %s - %" PRIu64 " batch%s with %" PRIu64
	       " user%s wait%s, the oldest for %" PRIu64 " second%s, %" PRIu64
	       " failed, %" PRIu64 " set aside | age=%" PRIu64 "s",
	    words[status], batches, batches == 1 ? "" : "es", users,
	    tool_plural(users), batches == 1 ? "s" : "", age, tool_plural(age),
	    failed, aside, age);
	print_threshold(limits->warning);
	print_threshold(limits->critical);
	printf(" batches=%" PRIu64 " users=%" PRIu64 " failed=%" PRIu64
	       " aside=%" PRIu64,
	    batches, users, failed, aside);
	print_threshold(limits->aside);
	putchar('\n');
	return status;
}
