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
	bool anyway; /* also where the file system keeps no modes */
};

struct rights_folder {
	int fd;
	bool made;
	mode_t mode;     /* before, unless it was made */
	mode_t mode_now; /* if it was made or repaired */
};

/*
 * Opens the folder NAME of PARENT, or a path when PARENT is AT_FDCWD; makes it
 * when it is missing. 0, or -1 and errno: then it has unmade what it made.
 * ENOTSUP: the file system keeps no modes, as vfat.
 */
int rights_make_folder(const struct rights *rights, int parent,
    const char *name, struct rights_folder *folder) MUST_USE;

/*
 * Repairs the folder NAME of a campaign; or its file lock, so that everybody
 * who may drain it can lock it. 1, with the former `mode` and no `fd`; 0 when
 * it is missing, or the lock needs no repair; or -1 and errno.
 */
int rights_repair_folder(const struct rights *rights, int campaign,
    const char *name, struct rights_folder *folder) MUST_USE;
int rights_repair_lock(const struct rights *rights, int campaign,
    struct rights_folder *lock) MUST_USE;

/* Finds the group NAME. EX_OK, or an exit code after a message. */
int rights_find_group(const char *name, gid_t *id) MUST_USE;

#endif
