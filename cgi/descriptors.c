#include "cgi/descriptors.h"

#include <limits.h>
#include <sys/resource.h>

#include "spool/commit.h"

/*
 * Descriptors that connections leave free. A thread needs those of a campaign's
 * folders and of a batch; the process needs its own, those of the health
 * question, and two for each of sites.c. Below a limit of SMALL it cannot have
 * them all: there it is for one spool, and not for SITES_MAX. Each thread also
 * needs a connection.
 */
#define SMALL 128
#define RESERVE_SMALL 24
#define RESERVE 48
#define RESERVE_PER_THREAD 8
#define LEAST_PER_THREAD (RESERVE_PER_THREAD + 1)

void
descriptors_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* How many the process may have beside the reserve: enough for one thread. */
static unsigned
descriptors(void)
{
	struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
	unsigned reserve;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	reserve = limit.rlim_cur < SMALL ? RESERVE_SMALL : RESERVE;
	if (limit.rlim_cur < reserve + LEAST_PER_THREAD)
		return LEAST_PER_THREAD;
	return limit.rlim_cur > UINT_MAX ? UINT_MAX
					 : (unsigned)limit.rlim_cur - reserve;
}

/* Systems' usual limit is 1024. */
unsigned
descriptors_campaigns_max(void)
{
	return descriptors() < 512 ? 0 : 16;
}

/* What the campaigns leave. */
static unsigned
others(void)
{
	return descriptors() -
	       descriptors_campaigns_max() * COMMIT_KEEP_FOLDERS;
}

unsigned
descriptors_threads_max(void)
{
	return others() / LEAST_PER_THREAD;
}

unsigned
descriptors_connections_max(unsigned threads)
{
	return others() - threads * RESERVE_PER_THREAD;
}
