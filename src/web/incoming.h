/*
 * incoming.h: what an endpoint, or a proxy before it, writes in answer to a
 * POST: bounded in bytes, and forgotten except for its start.
 *
 * Two bounds, since libcurl keeps every header field in memory, and passes over
 * some of the rest, such as chunk extensions, without a word to its caller:
 * - header fields: of the answer, of interim answers, of a proxy's answer to
 *   CONNECT, and trailers, together INCOMING_HEAD_MAX;
 * - all bytes that come, header and framing included, INCOMING_MAX.
 */
#ifndef INCOMING_H
#define INCOMING_H

#include <stdbool.h>
#include <stddef.h>

#define INCOMING_HEAD_MAX 65536
#define INCOMING_MAX 1048576
#define INCOMING_KEPT 4096 /* bytes of the text that are kept */
#define INCOMING_LINE 200  /* of them, the first line's at most */

struct incoming {
	size_t head, all; /* bytes so far */
	char text[INCOMING_KEPT];
	size_t text_size;
	bool is_cut; /* there was more text */
};

/* Forgets the answer before. */
void incoming_begin(struct incoming *incoming);

/* SIZE bytes more have come, of whatever kind. */
void incoming_count(struct incoming *incoming, size_t size);

/* A header field or a status line, also of a trailer; it counts for the first
   bound alone. */
void incoming_take_head(struct incoming *incoming, size_t size);

void incoming_take_text(
    struct incoming *incoming, const char *text, size_t size);

/* Bytes of the text's first line, up to INCOMING_LINE. */
size_t incoming_line(const struct incoming *incoming);

/* NULL, or which bound the answer has passed: a constant, for people. */
const char *incoming_excess(const struct incoming *incoming);

#endif
