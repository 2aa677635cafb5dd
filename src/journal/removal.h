/*
 * removal.h: removes old days of a journal: a part of journal.c.
 */
#ifndef REMOVAL_H
#define REMOVAL_H

#include <stdint.h>

/* Removes the files of days before FIRST (day.h), except for the newest
   DAY_HOURS, whose sums go on. A failure is silent: there is another day. */
void removal_of_days(int folder, int64_t first);

#endif
