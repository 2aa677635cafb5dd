/*
 * spool_names.h: the names of batches; a part of spool.c. Calls return 0, or -1
 * and errno.
 */
#ifndef SPOOL_NAMES_H
#define SPOOL_NAMES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

#define SPOOL_NAME_SIZE 96 /* bytes of a batch's name and its NUL, at most */

/* Gives the batches of a process their names. Thread-safe. */
struct spool_names {
	uint32_t process;           /* random */
	atomic_uint_fast64_t count; /* names given so far */
};
int spool_names_init(struct spool_names *names) MUST_USE;
int spool_names_next(
    struct spool_names *names, char name[SPOOL_NAME_SIZE]) MUST_USE;

/* 20261124T065034.123456Z-9f3a1c22-000042.jsonl: UTC, process, count. */
bool spool_is_batch_name(const char *name);

#endif
