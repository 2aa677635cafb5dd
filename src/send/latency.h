/*
 * latency.h: how long answers took, in constant memory: counts in buckets that
 * are 1/16 of a power of two wide, so that a quantile is at most 6.25 % high.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>

#define LATENCY_BUCKETS 976

struct latency {
	uint64_t counts[LATENCY_BUCKETS], total, longest;
};

/* Any number of microseconds. */
void latency_add(struct latency *latency, uint64_t us);

/* ms that this share of the answers, 0 to 1, did not exceed; 0 without any. */
double latency_quantile_ms(const struct latency *latency, double share);

#endif
