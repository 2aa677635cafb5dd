/* decode_slowly.h: `decode` of wide.h, a byte at a time. */
#ifndef DECODE_SLOWLY_H
#define DECODE_SLOWLY_H

#include "proof.h"

/* Returns how many bytes of TEXT are decoded to TO, or -1 with *BAD. */
static inline int
decode_slowly(const char *text, size_t size, char *to, size_t *bad)
{
	size_t i = 0;
	int count = 0;

	while (i < size) {
		if (text[i] != '%') {
			to[count++] = (char)(text[i] == '+' ? ' ' : text[i]);
			i++;
			continue;
		}
		if (size - i < 3 || digit_of(text[i + 1]) > 15 ||
		    digit_of(text[i + 2]) > 15) {
			*bad = i;
			return -1;
		}
		to[count++] =
		    (char)(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
		i += 3;
	}
	return count;
}

#endif
