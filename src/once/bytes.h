/* bytes.h: bytes that are kept while the buffer that they came in is used
   again. Zero-initialised. */
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>
#include <string.h>

#include "users/token.h"

struct bytes {
	char *text; /* owned */
	size_t size, room;
};

/* More room, for SIZE bytes. 0, or -1: no memory. */
int bytes_grow_far(struct bytes *bytes, size_t size) MUST_USE;

/* Room for SIZE bytes; what is there stays. 0, or -1: no memory. */
MUST_USE static inline int
bytes_grow(struct bytes *bytes, size_t size)
{
	return bytes->text && size <= bytes->room ? 0
						  : bytes_grow_far(bytes, size);
}

/* Becomes a copy. 0, or -1: no memory. */
MUST_USE static inline int
bytes_set(struct bytes *bytes, const void *text, size_t size)
{
	if (bytes_grow(bytes, size) < 0)
		return -1;
	if (size > 0)
		memcpy(bytes->text, text, size);
	bytes->size = size;
	return 0;
}

void bytes_free(struct bytes *bytes);

/* The same as a text without an owner. */
struct token_text bytes_text(const struct bytes *bytes);

#endif
