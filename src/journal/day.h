/*
 * day.h: days and times of the journal, in UTC. A day is counted since 1970.
 */
#ifndef DAY_H
#define DAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define DAY_MS INT64_C(86400000)
#define DAY_LINES ".jsonl" /* the file of a day is "2026-11-28" and this, … */
#define DAY_HOURS ".hours" /* … or this: hours.h */

#define DAY_NAME_SIZE 32
#define DAY_TIME_SIZE 25 /* of "2026-11-28T17:55:01.123Z" and its NUL */

/* CLOCK_REALTIME in ms. */
int64_t day_now_ms(void);

int64_t day_of(int64_t ms);

/* The name of a day's file. Times beyond the years 1970 to 9999 become the
   first or last day of these. */
void day_name(int64_t day, const char *suffix, char name[DAY_NAME_SIZE]);

/* The day of a file with this suffix; -1: it is not one. */
int64_t day_of_name(const char *name, const char *suffix);

void day_write_time(int64_t ms, char text[DAY_TIME_SIZE]);

/* Reads exactly such a time. 0, or -1: it is not one. */
int day_read_time(const char *text, size_t size, int64_t *ms) MUST_USE;

#endif
