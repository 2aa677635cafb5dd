/*
 * batches.h: the batches of one folder, oldest first, in bounded memory.
 */
#ifndef BATCHES_H
#define BATCHES_H

#include <stddef.h>

#include "base/attributes.h"
#include "spool/spool.h"

/* So many at a time, whatever the backlog: 2 × 96 × 64 KiB = 12 MiB. */
#define BATCHES_MAX 65536

typedef char batch_name[SPOOL_NAME_SIZE];

struct batches {
	batch_name *names; /* owned */
	size_t count;
};

/*
 * Reads the names of the BATCHES_MAX oldest batches. 0, or -1 and errno. Free
 * with batches_free, also to use the struct once more.
 */
int batches_list(int folder, struct batches *batches) MUST_USE;
void batches_free(struct batches *batches);

/*
 * Opens a batch for reading and tells its size. ENOENT: it has been taken
 * meanwhile. EINVAL: it is no regular file. EMLINK, for root alone: it has
 * another name, which may be that of a file that only root may read.
 */
int batch_open(int folder, const char *name, size_t *size) MUST_USE;

/* Users in a batch, its lines. -1 and errno. */
int batch_count_users(
    int folder, const char *name, size_t *users, size_t *size) MUST_USE;

/*
 * Moves a batch. 0, or -1 and errno. ENOENT: it has been taken meanwhile.
 * EEXIST: its file is there under this name already, and stays in both; to take
 * it from FROM is for who holds the campaign's lock (lock.h), or it could be
 * taken from TO at that moment. An fsync of TO, and then of FROM, has still to
 * make it durable.
 */
int batch_move(int from, int to, const char *name) MUST_USE;

#endif
