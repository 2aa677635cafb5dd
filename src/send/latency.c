#include "send/latency.h"

#include <stdlib.h>
#include <string.h>

void
latency_add(struct latency *latency, uint64_t us)
{
	latency->kept[latency->total++ % LATENCY_KEPT] = us;
	if (us > latency->longest)
		latency->longest = us;
}

static int
compare_times(const void *one, const void *other)
{
	uint64_t a, b;

	memcpy(&a, one, sizeof a);
	memcpy(&b, other, sizeof b);
	return (a > b) - (a < b);
}

double
latency_quantile_ms(const struct latency *latency, double share)
{
	const size_t count = latency->total < LATENCY_KEPT
				 ? (size_t)latency->total
				 : LATENCY_KEPT;
	uint64_t sorted[LATENCY_KEPT];
	double wanted = share * (double)count;
	size_t rank = (size_t)wanted;

	if (count == 0)
		return 0;
	memcpy(sorted, latency->kept, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare_times);
	/* The smallest that as many as wanted do not exceed. */
	if ((double)rank >= wanted && rank > 0)
		rank--;
	return (double)sorted[rank < count ? rank : count - 1] / 1000;
}
