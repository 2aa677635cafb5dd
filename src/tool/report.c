#include "tool/report.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"

int64_t
report_age(time_t from, time_t now)
{
	return now > from ? now - from : 0;
}

static void
print_age(time_t from, time_t now)
{
	const int64_t age = report_age(from, now);
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
