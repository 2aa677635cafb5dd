/*
 * wide_blocks.h: the calls of wide.h over blocks of any size. A version
 * includes it once, behind its own
 *
 *     WIDE_TARGET            the attribute of its instructions
 *     BLOCK                  bytes of a block, at most WIDE_MARKS
 *     block, block_load, block_store
 *     block_spaces(x)        X with a ' ' for each '+'
 *     block_escape(x)        where the first '%' is, or BLOCK
 *     block_is_ascii(x)
 *     block_marks(text)      the marks of WIDE_MARKS bytes
 */
#ifndef WIDE_BLOCKS_H
#define WIDE_BLOCKS_H

#include <string.h>

#include "base/utf8.h"

/* Up to the first '%', or to END if there is none. No byte moves, so that a
   block may go back as it is; the bytes behind the '%' only lose their '+'. */
WIDE_TARGET static inline char *
blocks_spaces(char *p, const char *end)
{
	for (; end - p >= BLOCK; p += BLOCK) {
		const block x = block_load(p);
		const unsigned escape = block_escape(x);

		block_store(p, block_spaces(x));
		if (escape < BLOCK)
			return p + escape;
	}
	for (; p < end && *p != '%'; p++)
		if (*p == '+')
			*p = ' ';
	return p;
}

/* Decodes one or more escapes at *FROM. NULL: *FROM is at a bad one. */
WIDE_TARGET static inline char *
blocks_escapes(char *to, const char **from, const char *end)
{
	const char *p = *from;
	unsigned high, low;

	do {
		high = low = 0;
		if (end - p > 2) {
			high = wide_digits[(unsigned char)p[1]];
			low = wide_digits[(unsigned char)p[2]];
		}
		if (!(high & low & 16)) {
			*from = p;
			return NULL;
		}
		*to++ = (char)(high << 4 | (low & 15));
		p += 3;
	} while (p < end && *p == '%');
	*from = p;
	return to;
}

WIDE_TARGET static inline char *
blocks_decode(char *text, const char *end, const char **bad)
{
	char *to = blocks_spaces(text, end);
	const char *from = to;

	/* A block that goes to TO must not cover what is still to be read. */
	while (end - from >= BLOCK && from - to < BLOCK) {
		if (*from == '%') {
			to = blocks_escapes(to, &from, end);
			if (!to) {
				*bad = from;
				return NULL;
			}
		} else {
			*to++ = (char)(*from == '+' ? ' ' : *from);
			from++;
		}
	}
	while (end - from >= BLOCK) {
		const block x = block_load(from);
		const unsigned escape = block_escape(x);

		block_store(to, block_spaces(x));
		from += escape;
		to += escape;
		if (escape == BLOCK)
			continue;
		to = blocks_escapes(to, &from, end);
		if (!to) {
			*bad = from;
			return NULL;
		}
	}
	return wide_decode_bytes(to, from, end, bad);
}

WIDE_TARGET static inline bool
blocks_is_utf8(const char *text, size_t size)
{
	const char *p = text, *end = text + size;

	while (p && p < end) {
		if (end - p >= BLOCK && block_is_ascii(block_load(p)))
			p += BLOCK;
		else
			p = utf8_skip(p, end);
	}
	return p;
}

WIDE_TARGET static inline void
blocks_mark(const char *text, size_t size, uint64_t *marks)
{
	const size_t rest = size % WIDE_MARKS;
	char last[WIDE_MARKS] = {0};
	size_t i;

	for (i = 0; i < size / WIDE_MARKS; i++)
		marks[i] = block_marks(text + i * WIDE_MARKS);
	/* A NUL has its mark. */
	if (rest > 0)
		memcpy(last, text + i * WIDE_MARKS, rest);
	marks[i] = block_marks(last);
}

#endif
