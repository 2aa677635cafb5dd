/*
 * hours.h: an ended day in short: DIR/.journal/2026-11-27.hours, the counts of
 * its hours and of those of the day before, and the sums of all days up to it,
 * so that counters outlive the files of old days. hours_file.h has the lines.
 *
 * Made by the receiver once a day (journal_tick): beside, then renamed, so that
 * it is whole or missing. A reader takes the newest that is not damaged and has
 * all lines up to its day, and reads the lines of the days after it.
 *
 * Make them before old days are removed, and leave the newest: it has the sums
 * of these.
 */
#ifndef HOURS_H
#define HOURS_H

#include <stdint.h>

#include "base/attributes.h"

/*
 * Makes the hours of the last day that ended over a minute ago, when its last
 * lines have come, unless it has them. 0, or -1 and errno.
 */
int hours_make(int folder, int64_t now_ms) MUST_USE;

#endif
