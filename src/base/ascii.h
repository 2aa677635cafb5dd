/* ascii.h: kinds of bytes, whatever the locale. */
#ifndef ASCII_H
#define ASCII_H

#include <stdbool.h>

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* White space between the tokens of JSON: RFC 8259, section 2. */
static inline bool
ascii_is_json_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

#endif
