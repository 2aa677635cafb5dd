/*
 * report.h: prints the counts of campaigns, for people, programs, Prometheus
 * and Nagios.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>
#include <time.h>

#include "tool/counts.h"

/* Exit codes of Nagios's plugin API. */
enum { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

#define REPORT_NO_AGE UINT64_MAX

/* In seconds. 0 for what is dated after now: the clock may have been set back.
 */
int64_t report_age(time_t from, time_t now);

/* 0, or -1 without memory. */
int report_table(
    const struct counts *counts, size_t count, time_t now) MUST_USE;
int report_json(const struct counts *counts, size_t count, time_t now) MUST_USE;

/* Prometheus, "Exposition formats", text. */
void report_prometheus(const struct counts *counts, size_t count);

struct report_limits {
	/* Seconds that the oldest batch may wait, or REPORT_NO_AGE. */
	uint64_t warning, critical;
	uint64_t aside; /* elements that may be set aside */
};

/* The one line of a Nagios plugin; returns its exit code. */
int report_plugin(const struct counts *counts, size_t count, time_t now,
    const struct report_limits *limits) MUST_USE;

#endif
