/* Preloaded: every rename fails as on a full disk. */

#include <errno.h>
#include <stdio.h>

int
renameat(int from, const char *old, int to, const char *new)
{
	(void)from;
	(void)old;
	(void)to;
	(void)new;
	errno = ENOSPC;
	return -1;
}
