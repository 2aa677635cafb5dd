#include "once/state_sqlite_rows.h"

#include <stdint.h>
#include <sys/statvfs.h>
#include <sysexits.h>

/* With less room on the disk, what is in the cache is written before the
   command runs; and then so much is left for the commit. */
#define TIGHT ((uint64_t)16 << 20)
#define COMMIT ((uint64_t)64 << 10)

/* UINT64_MAX: nobody knows. */
static uint64_t
free_bytes(const struct sqlite *sqlite)
{
	struct statvfs disk;

	return sqlite->path && statvfs(sqlite->path, &disk) == 0
		   ? (uint64_t)disk.f_bavail * disk.f_frsize
		   : UINT64_MAX;
}

int
state_sqlite_settle(struct state *state)
{
	struct sqlite *sqlite = sqlite_of(state);

	if (free_bytes(sqlite) >= TIGHT)
		return 0;
	if (state_sqlite_flush(state) < 0)
		return -1;
	return free_bytes(sqlite) >= COMMIT
		   ? 0
		   : state_fail_with(state, EX_TEMPFAIL, "the disk is full");
}
