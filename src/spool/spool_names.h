/*
 * spool_names.h: the names of batches; a part of spool.c. Calls return 0, or -1
 * and errno.
 */
#ifndef SPOOL_NAMES_H
#define SPOOL_NAMES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define SPOOL_NAME_SIZE 96 /* bytes of a batch's name and its NUL, at most */

/* Gives the batches of a process their names. Thread-safe. */
struct spool_names {
	uint32_t process;           /* random */
	atomic_uint_fast64_t count; /* names given so far */
};
int spool_names_init(struct spool_names *names) MUST_USE;
/* A name for LINES lines. */
int spool_names_next(struct spool_names *names, size_t lines,
    char name[SPOOL_NAME_SIZE]) MUST_USE;

/*
 * 20261124T065034.123456Z-9f3a1c22-000042-50.jsonl: UTC, process, count, and
 * the number of lines, which is missing in names from 0.1.
 */
bool spool_is_batch_name(const char *name);

/* How many lines a batch has by its name: a hint, since people edit and move
   files. 0: the name does not say. */
size_t spool_name_lines(const char *name);

/* Sets NAME to that of BATCH, with another number of lines, or with none for 0.
   Of BATCH only the time, the process and the count matter. */
void spool_name_set_lines(
    const char *batch, size_t lines, char name[SPOOL_NAME_SIZE]);

#endif
