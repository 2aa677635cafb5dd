#include "once/state.h"

#include <stdint.h>
#include <sys/statvfs.h>
#include <sysexits.h>

/* With less room on the disk, what is in the cache is written before the
   command runs; and then so much is left for the commit. */
#define TIGHT ((uint64_t)16 << 20)
#define COMMIT ((uint64_t)64 << 10)

/* UINT64_MAX: nobody knows. */
static uint64_t
free_bytes(const struct state *state)
{
	struct statvfs disk;

	return state->path && statvfs(state->path, &disk) == 0
		   ? (uint64_t)disk.f_bavail * disk.f_frsize
		   : UINT64_MAX;
}

int
state_settle(struct state *state)
{
	if (free_bytes(state) >= TIGHT)
		return 0;
	if (state_flush(state) < 0)
		return -1;
	return free_bytes(state) >= COMMIT
		   ? 0
		   : state_fail_with(state, EX_TEMPFAIL, "the disk is full");
}
