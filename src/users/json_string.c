#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
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

const char *
json_read_escape(const char *p, const char *end, bool *is_odd)
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
			p = json_read_escape(p, end, is_odd);
		else if ((unsigned char)*p >= 0x80)
			p = utf8_skip(p, end);
		else
			return NULL;
		if (!p)
			return NULL;
	}
}
