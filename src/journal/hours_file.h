/*
 * hours_file.h: the file of hours.h. Its first line is
 * {"hours":1,"lines":L,"days":[D,…],"bytes":[B,…]}: the version of this file,
 * how many lines follow, and how many bytes of the lines of which days are in
 * them. Each is a campaign or a cohort, as all days up to this one left it.
 */
#ifndef HOURS_FILE_H
#define HOURS_FILE_H

#include <stdint.h>

#include "base/attributes.h"
#include "journal/summary.h"

/* The newest ones. All lines of earlier days are in the hours. */
#define HOURS_DAYS 366

struct hours_head {
	uint64_t version, lines; /* hours_write sets them */
	uint64_t days[HOURS_DAYS], bytes[HOURS_DAYS]; /* day 0: no more */
};

/* Notes that so many bytes of a day's lines are in the hours; days come in
   their order. */
void hours_cover(struct hours_head *head, int64_t day, uint64_t bytes);

/*
 * Reads the hours of DAY into a summary that is empty, and sets its now_ms to
 * the day's last ms. 1; 0: they are missing, damaged, of another version, or
 * there are lines up to that day that are not in them: the summary is empty as
 * before; -1 and errno.
 */
int hours_read(int folder, int64_t day, struct summary *summary,
    struct hours_head *head) MUST_USE;

/* The same of the last day before DAY that has them: 1 and *FOUND; 0: none, and
 *FOUND is -1. */
int hours_read_before(int folder, int64_t day, struct summary *summary,
    struct hours_head *head, int64_t *found) MUST_USE;

/* Writes the hours of DAY. 0, also when another process does the same; or -1
   and errno. */
int hours_write(int folder, int64_t day, const struct summary *summary,
    struct hours_head *head) MUST_USE;

#endif
