/*
 * Preloaded: a disk that fails now and then. Each BAD_DISK_NTH call of
 * fdatasync is not made and fails with EIO. Likewise renameat2 fails with
 * ENOSPC, and fsync with EDQUOT.
 */

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each function has its own count. With one for all, the same function could
   fail each time, since a failure ends a commit early. */
static bool
fails(atomic_ulong *count, int error)
{
	const char *text = getenv("BAD_DISK_NTH");
	unsigned long nth = text ? strtoul(text, NULL, 10) : 0;

	if (nth == 0 || (atomic_fetch_add(count, 1) + 1) % nth != 0)
		return false;
	errno = error;
	return true;
}

int
fdatasync(int fd)
{
	static atomic_ulong count;
	void *symbol = dlsym(RTLD_NEXT, "fdatasync");
	int (*real)(int);

	memcpy(&real, &symbol, sizeof real);
	return fails(&count, EIO) ? -1 : real(fd);
}

int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	static atomic_ulong count;
	void *symbol = dlsym(RTLD_NEXT, "renameat2");
	int (*real)(int, const char *, int, const char *, unsigned);

	memcpy(&real, &symbol, sizeof real);
	return fails(&count, ENOSPC) ? -1 : real(from, old, to, new, flags);
}

int
fsync(int fd)
{
	static atomic_ulong count;
	void *symbol = dlsym(RTLD_NEXT, "fsync");
	int (*real)(int);

	memcpy(&real, &symbol, sizeof real);
	return fails(&count, EDQUOT) ? -1 : real(fd);
}
