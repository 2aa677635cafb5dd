/*
 * latency.h: how long answers took: the longest of all, and quantiles of the
 * last LATENCY_KEPT.
 */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>

#define LATENCY_KEPT 4096

struct latency {
	uint64_t kept[LATENCY_KEPT]; /* microseconds, a ring */
	uint64_t total, longest;
};

void latency_add(struct latency *latency, uint64_t us);

/* ms that this share of the answers, 0 to 1, did not exceed; 0 without any. */
double latency_quantile_ms(const struct latency *latency, double share);

#endif
