/* bytes.h: bytes that are kept while the buffer that they came in is used
   again. Zero-initialised. */
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>

#include "users/token.h"

struct bytes {
	char *text; /* owned */
	size_t size, room;
};

/* Room for SIZE bytes; what is there stays. 0, or -1: no memory. */
int bytes_grow(struct bytes *bytes, size_t size) MUST_USE;

/* Becomes a copy. 0, or -1: no memory. */
int bytes_set(struct bytes *bytes, const void *text, size_t size) MUST_USE;
void bytes_free(struct bytes *bytes);

/* The same as a text without an owner. */
struct token_text bytes_text(const struct bytes *bytes);

#endif
