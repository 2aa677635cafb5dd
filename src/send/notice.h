/*
 * notice.h: what is said on standard error while a run goes on. Nothing of a
 * user is in it.
 */
#ifndef NOTICE_H
#define NOTICE_H

#include "send/post.h"
#include "send/recipients.h"
#include "send/tally.h"
#include "tool/meter.h"

/* As say, after the meter's line. */
void notice(const struct meter *meter, const char *format, ...) PRINTF(2, 3);

/* NTH, from 1: only the first few are named. */
void notice_invalid(
    const struct meter *meter, const struct profile *profile, uint64_t nth);

/* For -v. */
void notice_answer(const struct meter *meter, const struct post *post,
    const struct client_answer *answer);

void notice_given_up(
    const struct meter *meter, const struct post *post, bool is_verbose);

/* When the meter is due. SHARE of the work is done, 0 to 1; not above 0 when
   nobody can know. WAITS is of waiting_describe. */
void notice_progress(struct meter *meter, const struct tally *tally,
    uint64_t matched, double share, const char *waits);

/* At the end: the profiles that the filter could not judge. */
void notice_filter_faults(const struct recipients_counts *counts);

#endif
