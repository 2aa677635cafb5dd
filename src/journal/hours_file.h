/*
 * hours_file.h: the file of hours.h. Its first line is
 * {"hours":1,"bytes":B,"lines":L}: the version of this file, how many bytes of
 * the day's lines are in it, and how many lines follow. Each is a campaign or a
 * cohort, as all days up to the end of this one left it.
 */
#ifndef HOURS_FILE_H
#define HOURS_FILE_H

#include <stdint.h>

#include "base/attributes.h"
#include "journal/summary.h"

/*
 * Reads the hours of DAY into a summary that is empty, and sets its now_ms to
 * the day's last ms. 1; 0: they are missing, damaged, of another version, or
 * older than the last lines of the day: it is empty as before; -1 and errno.
 */
int hours_read(int folder, int64_t day, struct summary *summary) MUST_USE;

/* The same of the last day before DAY that has them: 1 and *FOUND; 0: none, and
 *FOUND is -1. */
int hours_read_before(
    int folder, int64_t day, struct summary *summary, int64_t *found) MUST_USE;

/* Writes the hours of DAY, of whose lines BYTES are in them. 0, also when
   another process does the same; or -1 and errno. */
int hours_write(int folder, int64_t day, const struct summary *summary,
    uint64_t bytes) MUST_USE;

#endif
