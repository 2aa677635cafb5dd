/* content_length.h: CONTENT_LENGTH, as RFC 9110, section 8.6, has it. */
#ifndef CONTENT_LENGTH_H
#define CONTENT_LENGTH_H

#include <stdint.h>

enum content_length {
	CONTENT_LENGTH_KNOWN,
	CONTENT_LENGTH_ABSENT,       /* empty, or Caddy's word for it, -1 */
	CONTENT_LENGTH_NOT_A_NUMBER, /* digits alone are one */
};

/*
 * Parses TEXT, which may be NULL. LENGTH is in bytes: UINT64_MAX for all
 * numbers above it, 0 unless it is known.
 */
enum content_length content_length_parse(const char *text, uint64_t *length);

#endif
