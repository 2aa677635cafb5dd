/* rights.h: the folders of a spool, made or repaired: mode and group. */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/attributes.h"

struct rights {
	mode_t mode;
	gid_t group; /* or (gid_t)-1: as it is */
	bool repair; /* give them to what is there, too */
};

struct rights_folder {
	int fd;
	bool made;
	mode_t mode; /* that it had, if it was there */
};

/*
 * Opens the folder NAME of PARENT, or a path when PARENT is AT_FDCWD, and makes
 * it when it is missing. 0, or -1 and errno: then what was made is gone again.
 */
int rights_make_folder(const struct rights *rights, int parent,
    const char *name, struct rights_folder *folder) MUST_USE;

/*
 * Repairs the folder NAME of a campaign, or its file lock so that all who may
 * drain it can lock it. 1, with `mode`, not `fd`; 0 when there is none, or it
 * needs no repair; or -1 and errno.
 */
int rights_repair_folder(const struct rights *rights, int campaign,
    const char *name, struct rights_folder *folder) MUST_USE;
int rights_repair_lock(const struct rights *rights, int campaign,
    struct rights_folder *lock) MUST_USE;

#endif
