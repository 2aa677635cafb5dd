/*
 * token.h: what a token of JSON stands for: a name, an id.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <stddef.h>

#include "base/attributes.h"

/* The bytes of a string or a number: 1 and "1" are the same. */
struct token_text {
	const char
	    *text; /* without a NUL at its end; in the token or `owner` */
	size_t size;
	struct json_t *owner;
};

/*
 * Decodes the token from TOKEN to END, which json.h has read. 0, or -1 when
 * there is no memory. A string with an unpaired surrogate, which is no text,
 * stays as it is written. Release it with token_text_free.
 */
int token_decode(
    const char *token, const char *end, struct token_text *text) MUST_USE;
void token_text_free(struct token_text *text);

/* Is a string, which json.h has read, TEXT? -1: there is no memory. */
int token_is(const char *token, const char *end, const char *text) MUST_USE;

#endif
