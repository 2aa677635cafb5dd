/*
 * report.h: prints what stat knows, for people, programs, Prometheus and
 * Nagios.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "tool/overview.h"

/* Exit codes of Nagios's plugin API. */
enum { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

#define REPORT_NONE UINT64_MAX /* there is no such limit */

/* In seconds. 0 for what is dated after now: the clock may have been set back.
 */
int64_t report_age(time_t from, time_t now);

/* "3m": an age for people; "-" without a time. */
#define REPORT_AGE_SIZE 24
const char *report_show_age(
    time_t from, time_t now, char text[REPORT_AGE_SIZE]);

/* Is a batch dated after now, by more than clocks differ? */
bool report_is_future(const struct counts *counts, time_t now);

void report_table(const struct overview *overview);

/* 0, or -1 without memory. */
int report_json(const struct overview *overview) MUST_USE;

/* Prometheus, "Exposition formats", text. */
void report_prometheus(const struct overview *overview);

struct report_limits {
	/* Seconds: that the oldest batch may wait; without an arrival. */
	uint64_t warning, critical, silent;
	uint64_t aside;   /* elements that may be set aside */
	uint64_t refused; /* requests that may be refused in a day */
};

/* The one line of a Nagios plugin; returns its exit code. */
int report_plugin(const struct overview *overview,
    const struct report_limits *limits) MUST_USE;

#endif
