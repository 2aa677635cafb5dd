/*
 * block.h: people as a row of STATE holds them: a JSON object, so that SQL can
 * read it, {"id":[since,snapshot],...}, in the order of the ids' bytes. `since`
 * is null of a person who has left.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "once/bytes.h"

/* A row of so many bytes has a page to itself, but for its header. Smaller
   pages: more of them for each run to step through. Larger ones: more to read
   for one person. */
#define BLOCK_PAGE 8192
#define BLOCK_SIZE 8080

struct person {
	struct token_text id;
	bool is_known; /* there is a row; else the rest is 0 */
	bool is_in;
	sqlite3_int64 since, snapshot;
	/* What stands behind the id in a row, as long as nothing has changed;
	   or none. */
	struct token_text numbers;
};

/* By bytes, the shorter one first: below 0, 0, or above 0. */
int block_compare(const struct token_text *a, const struct token_text *b);

/* Of an id: as long as it is not that of an id in a row, the id is not there.
 */
uint16_t block_hash(const struct token_text *id);

/* Being read. Zero-initialised, it has nobody. */
struct block {
	struct bytes copy;
	char *at, *end;
	bool is_ahead; /* the next id is read already */
	struct token_text id;
};

/* Begins to read a copy of TEXT. 0, or -1: no memory. */
int block_load(struct block *block, const void *text, size_t size) MUST_USE;
void block_free(struct block *block);

/*
 * The next person: 1; 0: there is none; -1: the text is damaged. The id is in
 * the block, until the next block_load.
 */
int block_next(struct block *block, struct person *person) MUST_USE;

/* The same, skipping all below ID; 0 also if ID is not there. */
int block_find(struct block *block, const struct token_text *id,
    struct person *person) MUST_USE;

#endif
