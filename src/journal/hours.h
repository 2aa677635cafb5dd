/*
 * hours.h: an ended day in short: DIR/.journal/2026-11-27.hours, one JSON
 * object a campaign a line, with what summary.h needs of that day, and the sums
 * of all days before it, so that counters outlive the files of old days.
 *
 * Made by the receiver once a day (journal_tick): beside, then renamed, so that
 * it is whole or missing. A reader without it reads the day's lines.
 */
#ifndef HOURS_H
#define HOURS_H

#include "journal/summary.h"

/* Makes the hours of all ended days that lack them. 0, or -1 and errno. */
int hours_make(int folder, int64_t now_ms) MUST_USE;

#endif
