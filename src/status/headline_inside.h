/* headline_inside.h: for headline.c and headline_spool.c. */
#ifndef HEADLINE_INSIDE_H
#define HEADLINE_INSIDE_H

#include "status/headline.h"

/* Always true, for the `return` of a rule. */
bool headline_set(struct headline *headline, enum headline_kind kind,
    const char *format, ...) PRINTF(3, 4);

/* What it says when nothing worse is to be said. */
void headline_say_today(const struct summary_hour *today, int64_t last_ms,
    int64_t now_ms, struct headline *headline);

#endif
