/* Preloaded: every rename fails as on a full disk. */

#include <errno.h>
#include <stdio.h>

int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	(void)from;
	(void)old;
	(void)to;
	(void)new;
	(void)flags;
	errno = ENOSPC;
	return -1;
}
