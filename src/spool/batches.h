/*
 * batches.h: the batches of one folder, oldest first, in bounded memory.
 */
#ifndef BATCHES_H
#define BATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/attributes.h"
#include "spool/spool.h"

/* Listed at a time, whatever the backlog: 2 × 96 × 64 KiB = 12 MiB. */
#define BATCHES_MAX 65536

typedef char batch_name[SPOOL_NAME_SIZE];

struct batches {
	batch_name *names; /* owned */
	size_t count;
};

/*
 * Reads the names of the BATCHES_MAX oldest batches; or of those whose names
 * sort behind BEHIND. 0, or -1 and errno. Call batches_free before the struct
 * is used again.
 */
int batches_list(int folder, struct batches *batches) MUST_USE;
int batches_list_behind(
    int folder, const char *behind, struct batches *batches) MUST_USE;
void batches_free(struct batches *batches);

/*
 * Opens a batch for reading. A descriptor, or -1 and errno. ENOENT: another
 * process has taken it. EINVAL: it is not a regular file. EMLINK, for root
 * alone: it has a second name, which may be that of a file that only root may
 * read. EBUSY: see lease.h. lock_strerror (lock.h) has words for these.
 */
int batch_open(int folder, const char *name) MUST_USE;
int batch_open_stat(int folder, const char *name, struct stat *status) MUST_USE;

/* Counts a batch's users, one a line, and its bytes. 0, or -1 as batch_open. */
int batch_count_users(
    int folder, const char *name, size_t *users, uint64_t *bytes) MUST_USE;

/*
 * Moves a batch, and replaces none: if TO has another one of this name, it gets
 * the name of batch_name_beside. 0, or -1 and errno. ENOENT: another process
 * has taken it. EEXIST: TO has the same file already; both names stay. To
 * remove the one in FROM is for the holder of the campaign's lock (lock.h):
 * another process could be removing the one in TO. Durable after an fsync of TO
 * and then of FROM.
 */
int batch_move(int from, int to, const char *name) MUST_USE;

/*
 * Sets NAME to one that TARGET does not have, for LINES lines: that of BATCH,
 * its counter with more digits, so that it sorts between BATCH and the next. 0,
 * or -1 and errno.
 */
int batch_name_beside(
    const char *batch, size_t lines, int target, batch_name name) MUST_USE;

/* Is it a name of batch_name_beside? In tmp/ only the holder of the campaign's
   lock gives one. */
bool batch_is_beside(const char *name);

/*
 * Creates a batch for writing in TMP, as the receiver does: the group may read
 * it if it may read FOLDER, the campaign's. A descriptor, or -1 and errno.
 */
int batch_create(int folder, int tmp, const char *name) MUST_USE;

#endif
