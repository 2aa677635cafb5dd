/*
 * pace.h: when attempts may be made: at a rate, and after pauses that double.
 */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"

#define PACE_LONGEST_MS 60000 /* of a pause */

struct pace {
	double rate;      /* attempts a second; 0 for no limit */
	uint64_t pause_s; /* before the first retry */
	double allowed;   /* attempts, now */
	int64_t at;       /* by clock_ms */
	struct random jitter;
};

void pace_start(struct pace *pace, double rate, uint64_t pause_s);

/* Whether an attempt may be made now; pace_take when it is made. */
bool pace_allows(struct pace *pace);
void pace_take(struct pace *pace);

/* ms until an attempt is allowed; -1 when it is already. */
int64_t pace_ms(const struct pace *pace);

/* ms after that attempt, from 1, up to the next; half of it by chance. */
int64_t pace_pause_ms(struct pace *pace, uint64_t attempt);

#endif
