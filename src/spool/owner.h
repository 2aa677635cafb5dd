/*
 * owner.h: what root makes in a spool belongs to the owner of the spool.
 */
#ifndef OWNER_H
#define OWNER_H

#include <sys/stat.h>

/*
 * Gives a file or folder that this process has just made to the owner of the
 * folder that it is in, whose status LIKE is; otherwise a run as root would
 * keep that owner out later on. Does nothing unless the process is root's.
 * Never pass what another process made: it may be anybody's.
 */
void owner_give(int fd, const struct stat *like);

#endif
