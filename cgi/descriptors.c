#include "cgi/descriptors.h"

#include <limits.h>
#include <sys/resource.h>

#include "spool/commit.h"

/*
 * Descriptors kept from connections: of a thread the campaign's folders, a
 * batch, the library's duplicate; of the process its own. Each thread is to
 * have a connection, too, and its second descriptor.
 */
#define RESERVE 24
#define RESERVE_PER_THREAD 8
#define LEAST_PER_THREAD (RESERVE_PER_THREAD + 2)

void
descriptors_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Those that the process may have beside its own; enough for one thread. */
static unsigned
descriptors(void)
{
	struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < RESERVE + LEAST_PER_THREAD)
		return LEAST_PER_THREAD;
	return limit.rlim_cur > UINT_MAX ? UINT_MAX
					 : (unsigned)limit.rlim_cur - RESERVE;
}

unsigned
descriptors_threads_max(void)
{
	return descriptors() / LEAST_PER_THREAD;
}

/*
 * What is left of the descriptors when each thread has its own, and each
 * request that waits for the disk a second one of its connection.
 */
unsigned
descriptors_connections_max(unsigned threads)
{
	unsigned left = descriptors() - threads * RESERVE_PER_THREAD;

	return left -
	       (left / 2 < COMMIT_MAX_WAITING ? left / 2 : COMMIT_MAX_WAITING);
}
