#include <inttypes.h>
#include <stdio.h>

#include "tool/report.h"
#include "tool/tool.h"

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
		    (uint64_t)report_age(counts[i].oldest, now) > age)
			age = (uint64_t)report_age(counts[i].oldest, now);
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
