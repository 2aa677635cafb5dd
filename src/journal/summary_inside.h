/*
 * summary_inside.h: how a summary is made; for summary.c and hours.c.
 */
#ifndef SUMMARY_INSIDE_H
#define SUMMARY_INSIDE_H

#include "journal/summary.h"

#define SUMMARY_HOUR_MS INT64_C(3600000)

/* Requests that name a campaign that was never heard of, beyond so many of
   them, are counted with those that name none: anybody may invent names. */
#define SUMMARY_REFUSED_CAMPAIGNS 256

/* Begins an empty one, whose last hour is that of NOW_MS. */
void summary_begin(struct summary *summary, int64_t now_ms);

/* Adds an entry; to the sums alone if it is later than LATEST_MS. 0, or -1 and
   errno. */
int summary_add(struct summary *summary, const struct journal_entry *entry,
    int64_t latest_ms) MUST_USE;

/* Adds a day's lines, and sets *BYTES to how many bytes they are, unless that
   is NULL. 0, also without such a day; or -1 and errno. */
int summary_add_day(
    struct summary *summary, int folder, int64_t day, uint64_t *bytes) MUST_USE;

/*
 * Its campaign of this name, and the campaign's cohort, made when they are
 * missing. What is not a name, or is not sure to be one and beyond the limit,
 * is the campaign without a name. NULL and errno.
 */
struct summary_campaign *summary_campaign(
    struct summary *summary, struct entry_text name, bool is_sure) MUST_USE;
struct summary_cohort *summary_cohort(struct summary_campaign *campaign,
    const char *project, const char *id) MUST_USE;

/* Moves its last hour on to that of NOW_MS, which is not before it. */
void summary_move_on(struct summary *summary, int64_t now_ms);

/* Sorts the cohorts, and counts today. */
void summary_end(struct summary *summary);

#endif
