#include "base/utf8.h"

#include <stdbool.h>
#include <stddef.h>

static bool
is_within(char c, unsigned char min, unsigned char max)
{
	return (unsigned char)c >= min && (unsigned char)c <= max;
}

/* RFC 3629, section 4: the first bytes' ranges, and the second's under each. */
static const struct utf8 {
	unsigned char first, last, second_min, second_max;
	unsigned size;
} sequences[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

const char *
utf8_skip(const char *p, const char *end)
{
	const struct utf8 *sequence = sequences;
	unsigned i;

	if ((unsigned char)*p < 0x80)
		return p + 1;
	while (!is_within(*p, sequence->first, sequence->last))
		if (++sequence ==
		    sequences + sizeof sequences / sizeof *sequences)
			return NULL;
	if ((size_t)(end - p) < sequence->size ||
	    !is_within(p[1], sequence->second_min, sequence->second_max))
		return NULL;
	for (i = 2; i < sequence->size; i++)
		if (!is_within(p[i], 0x80, 0xbf))
			return NULL;
	return p + sequence->size;
}
