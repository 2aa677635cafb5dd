/*
 * way.h: the way of a batch from tmp/ to its folder; a part of spool.c. Calls
 * return 0, or -1 and errno, and leave nothing behind when they fail.
 */
#ifndef WAY_H
#define WAY_H

#include <sys/types.h>

#include "base/attributes.h"
#include "spool/spool.h"

/* A batch on its way: a file in tmp/, or in the folder TO once it is there. */
struct way {
	char tmp_name[SPOOL_NAME_SIZE], name[SPOOL_NAME_SIZE];
	dev_t device; /* with the inode, its file's */
	ino_t inode;
	int to;
};

/* Makes a durable file in tmp/. */
int way_begin(struct way *way, const struct campaign *campaign,
    struct spool_names *names, const struct spool_pieces *pieces) MUST_USE;

/* Moves the file to TO, durably, under another name if its own is taken. */
int way_end(struct way *way, const struct campaign *campaign,
    struct spool_names *names) MUST_USE;

/* Removes the file from tmp/, in place of way_end. Keeps errno. */
void way_give_up(const struct way *way, const struct campaign *campaign);

/*
 * Removes what this commit made, and only that. A rename that failed may have
 * happened all the same, for example on an NFS server whose answer got lost.
 * Keeps errno.
 */
void way_undo(const struct way *way, const struct campaign *campaign);

#endif
