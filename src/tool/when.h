/* when.h: times that operators write, and those in the names of batches. */
#ifndef WHEN_H
#define WHEN_H

#include <stdint.h>
#include <time.h>

#include "base/attributes.h"

/* When a batch was begun, by its name, which a copy or a move does not change;
   0: there is no such day. */
time_t when_begun(const char *batch);
/* The same in microseconds, as far as the name has them. */
int64_t when_begun_us(const char *batch);

/*
 * A moment: an age, as "90m", "12h" or "2d" before NOW; or UTC, as
 * "2026-11-28", "2026-11-28T17:55" or "2026-11-28T17:55:01", with or without a
 * 'Z'. 0, or -1. WHEN_TAKES is what to tell who wrote something else.
 */
#define WHEN_TAKES "an age, as 12h or 2d, or a time in UTC, as 2026-11-28T17:55"
int when_parse(const char *text, time_t now, time_t *moment) MUST_USE;

/* A bare number may have been meant as days: an age has a unit. 0, or -1. */
#define WHEN_AGE_TAKES "a number with s, m, h or d, as 30d"
int when_parse_age(const char *text, time_t *seconds) MUST_USE;

#endif
