#include "spool/owner.h"

#include <unistd.h>

void
owner_give(int fd, const struct stat *like)
{
	if (geteuid() == 0)
		(void)!fchown(fd, like->st_uid, like->st_gid);
}
