/*
 * block.h: lines of a journal in memory: a part of journal.c.
 *
 * They are of two days at most, so that those around midnight wait together.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "journal/entry.h"

#define BLOCK_MAX ((size_t)256 * 1024) /* touched only as far as it is used */

struct block {
	struct {
		int64_t day;
		size_t size; /* of its lines */
	} parts[2];          /* the second follows the first */
	size_t part_count, size;
	char bytes[1 + BLOCK_MAX]; /* '\n', to end a torn line; the lines */
};

static inline char *
block_lines(struct block *block)
{
	return block->bytes + 1;
}

/* NULL: no memory. */
struct block *block_new(void) MUST_USE;

/* False: there is no room for the line. */
bool block_add(struct block *block, const struct journal_entry *entry) MUST_USE;

/* Removes SIZE bytes from AT on, which are of the first day. */
void block_remove(struct block *block, size_t at, size_t size);

/* Removes the lines of the first day that COUNTS takes. */
void block_sift(struct block *block,
    bool (*counts)(void *context, const struct journal_entry *entry),
    void *context);

#endif
