#include "send/latency.h"

#include <stddef.h>

#define PARTS 16 /* of a power of two */

/* Below PARTS each number has a bucket of its own; 60 powers follow. */
static size_t
bucket(uint64_t us)
{
	size_t power = 0;

	while (us >> power >= (uint64_t)2 * PARTS)
		power++;
	return power * PARTS + (size_t)(us >> power);
}

/* The largest number of a bucket. */
static uint64_t
last_of(size_t bucket)
{
	size_t power;

	if (bucket < (size_t)2 * PARTS)
		return bucket;
	power = bucket / PARTS - 1;
	return ((uint64_t)(bucket % PARTS + PARTS + 1) << power) - 1;
}

void
latency_add(struct latency *latency, uint64_t us)
{
	latency->counts[bucket(us)]++;
	latency->total++;
	if (us > latency->longest)
		latency->longest = us;
}

double
latency_quantile_ms(const struct latency *latency, double share)
{
	const double wanted = share * (double)latency->total;
	uint64_t seen = 0, us = latency->longest;
	size_t i;

	for (i = 0; i < LATENCY_BUCKETS; i++) {
		seen += latency->counts[i];
		if (seen > 0 && (double)seen >= wanted)
			break;
	}
	if (i < LATENCY_BUCKETS && last_of(i) < us)
		us = last_of(i);
	return (double)us / 1000;
}
