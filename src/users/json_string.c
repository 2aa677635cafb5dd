#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "users/json.h"

#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101u)

/* The top bit of a byte of X, and perhaps of those above it, if it is below. */
static uint64_t
below(uint64_t x, unsigned char limit)
{
	return (x - EACH(limit)) & ~x & EACH(0x80);
}

static bool
is_ordinary(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

/* The top bit of each of the 8 bytes at P that does not stand for itself in a
   string, the first byte lowest; above the first such bit any may be set. */
static uint64_t
special(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	x = le64toh(x);
	return (x & EACH(0x80)) | below(x, ' ') | below(x ^ EACH('"'), 1) |
	       below(x ^ EACH('\\'), 1);
}

static const char *
skip_ordinary(const char *p, const char *end)
{
	uint64_t found;

	for (; end - p >= 8; p += 8) {
		found = special(p);
		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
	while (p < end && is_ordinary((unsigned char)*p))
		p++;
	return p;
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

static bool
is_within(char c, unsigned char min, unsigned char max)
{
	return (unsigned char)c >= min && (unsigned char)c <= max;
}

/* P is at a byte of 0x80 or more. */
static const char *
read_utf8(const char *p, const char *end)
{
	const struct utf8 *sequence = sequences;
	unsigned i;

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

int
json_escape_unit(const char *p, const char *end)
{
	int unit = 0, i;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= '0' && c <= '9')
			unit = unit * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			unit = unit * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return unit;
}

/* P is at a backslash. */
static const char *
read_escape(const char *p, const char *end, bool *is_odd)
{
	int unit = json_escape_unit(p, end), low;

	if (unit < 0)
		return end - p >= 2 && p[1] && strchr("\"\\/bfnrt", p[1])
			   ? p + 2
			   : NULL;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		low = json_escape_unit(p + 6, end);
		if (low >= 0xdc00 && low <= 0xdfff)
			return p + 12;
	}
	if (unit == 0 || (unit >= 0xd800 && unit <= 0xdfff))
		*is_odd = true;
	return p + 6;
}

const char *
json_read_string(const char *p, const char *end, bool *is_odd)
{
	for (;;) {
		p = skip_ordinary(p, end);
		if (p == end)
			return NULL;
		if (*p == '"')
			return p + 1;
		if (*p == '\\')
			p = read_escape(p, end, is_odd);
		else if ((unsigned char)*p >= 0x80)
			p = read_utf8(p, end);
		else
			return NULL;
		if (!p)
			return NULL;
	}
}
