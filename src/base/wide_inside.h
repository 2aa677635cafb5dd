/*
 * wide_inside.h: what the versions of wide.h share, and nobody else uses.
 */
#ifndef WIDE_INSIDE_H
#define WIDE_INSIDE_H

#include "base/wide.h"

extern const struct wide wide_portable;
#if defined(__x86_64__) || defined(__i386__)
extern const struct wide wide_sse2;
#endif
#if defined(__x86_64__)
extern const struct wide wide_avx2;
#elif defined(__aarch64__)
extern const struct wide wide_neon;
#endif

/* Of a hexadecimal digit its value and 16; 0 for all other bytes. */
extern const unsigned char wide_digits[256];

/*
 * Decodes what is at FROM, a byte at a time, to TO, which is at FROM or below.
 * As `decode` in wide.h.
 */
char *wide_decode_bytes(
    char *to, const char *from, const char *end, const char **bad);

#endif
