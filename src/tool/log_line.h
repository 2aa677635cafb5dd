/* log_line.h: an entry of the journal as a line for people. */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include "journal/entry.h"

#define LOG_LINE_SIZE 8192

/*
 * Sets LINE to the local time, the campaign, the status or "run", and what came
 * or was handed over, without an end of the line. What came from outside is
 * shown by base/printable.h.
 */
void log_line_write(
    const struct journal_entry *entry, char line[LOG_LINE_SIZE]);

/* A time as in such a line. */
#define LOG_LINE_TIME_SIZE 32
void log_line_time(int64_t ms, char text[LOG_LINE_TIME_SIZE]);

#endif
