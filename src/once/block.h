/*
 * block.h: people as a row of STATE holds them: since when they are in, null
 * for people who have left; the newest snapshot at their last change; and a
 * JSON object, so that SQL can read it, {"id":0,...}, in the order of the ids'
 * bytes. For people unlike the row it has [since,snapshot] in place of 0.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "once/bytes.h"
#include "once/state.h"

/* A row of so many bytes has a page to itself, but for its header. Smaller
   pages: more of them to find one in. Larger ones: more to read for one person.
 */
#define BLOCK_PAGE 8192
#define BLOCK_SIZE 8120

struct person {
	struct token_text id;
	bool is_known; /* there is a row; else the rest is 0 */
	bool is_in;
	int64_t since, snapshot;
};

/* By bytes, the shorter one first: below 0, 0, or above 0. */
int block_compare(const struct token_text *a, const struct token_text *b);

/* The first bytes of an id as a number: ids are in the order of theirs, where
   these differ. */
uint64_t block_start(const struct token_text *id);

/* Of an id: what it is looked up by. */
uint32_t block_hash(const struct token_text *id);

/* Being read. Zero-initialised, it has nobody. */
struct block {
	const char *start, *at, *end;
	struct person like; /* the row */
	bool has_escapes;
	struct bytes id; /* the last one with escapes */
};

/* Who is like the row: it has `since` in COLUMN, and then the snapshot. */
struct person block_like(struct state_row *row, int column);
bool block_is_like(const struct person *a, const struct person *b);

/* Begins to read TEXT, which stays the caller's, and as it is. 0, or -1: no
   memory. */
int block_open(struct block *block, const struct person *like, const void *text,
    size_t size) MUST_USE;
void block_free(struct block *block);

/* The next person: 1; 0: there is none; -1: the text is damaged. The id is in
   the text or the block, until the next call. */
int block_next(struct block *block, struct person *person) MUST_USE;

/* Leaves out COUNT people: 1; 0: there are not so many; -1 as above. */
int block_skip(struct block *block, size_t count) MUST_USE;

#endif
