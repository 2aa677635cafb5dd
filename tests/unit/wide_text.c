#include "base/wide.h"

#include <stdbool.h>
#include <string.h>

#include "blocks.h"
#include "unit.h"

/* RFC 3629, section 4, by the values of the characters. */
static bool
is_utf8_slowly(const unsigned char *text, size_t size)
{
	size_t i = 0, more;

	while (i < size) {
		const unsigned char first = text[i++];
		unsigned value, least;

		if (first < 0x80)
			continue;
		more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
		if (first < 0xc0 || first > 0xf7 || size - i < more)
			return false;
		least = more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
		value = first & (0x3fu >> more);
		for (; more > 0; more--, i++) {
			if ((text[i] & 0xc0) != 0x80)
				return false;
			value = value << 6 | (text[i] & 0x3f);
		}
		if (value < least || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return false;
	}
	return true;
}

static void
all_judge(const char *text, size_t size)
{
	const bool wanted = is_utf8_slowly((const unsigned char *)text, size);
	char *copy = edge_copy(text, size);
	size_t i;

	for (i = 0; i < version_count; i++)
		if (versions[i]->is_utf8(copy, size) != wanted)
			fail_msg("%s: %zu bytes, %02x %02x at 0",
			    versions[i]->name, size, copy[0] & 0xff,
			    size > 1 ? copy[1] & 0xff : 0);
}

/* Every first three bytes, and of a fourth one the edges, at places around the
   edge of a block. */
static void
characters_are_judged(void **state)
{
	static const unsigned char edges[] = {0, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
	static const size_t places[] = {0, 29, 30, 31, 61};
	char text[AROUND_BLOCKS];
	unsigned i, j, three;

	(void)state;
	memset(text, 'x', sizeof text);
	for (three = 0x800000; three < 0x1000000;
	     three += three & 0xff ? 0x11 : 1)
		for (i = 0; i < COUNT(edges); i++) {
			char *at = text + places[three / 7 % COUNT(places)];
			char kept[4];

			memcpy(kept, at, sizeof kept);
			for (j = 0; j < 3; j++)
				at[j] = (char)(three >> (16 - 8 * j));
			at[3] = (char)edges[i];
			all_judge(text, sizeof text);
			memcpy(at, kept, sizeof kept);
		}
}

/* Each character at each place, also cut off. */
static void
characters_are_judged_anywhere(void **state)
{
	static const char *const some[] = {"\xc2\x80", "\xdf\xbf",
	    "\xe0\xa0\x80", "\xe0\x9f\xbf", "\xed\x9f\xbf", "\xed\xa0\x80",
	    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\x8f\xbf\xbf",
	    "\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80",
	    "\xc1\xbf", "\xfe", "\xe2\x82", "\xf0\x9f\x98", "\xc3"};
	char text[AROUND_BLOCKS];
	size_t i, at, size;

	(void)state;
	for (i = 0; i < COUNT(some); i++)
		for (at = 0; at + strlen(some[i]) <= sizeof text; at++) {
			memset(text, at % 2 ? 'x' : '\0', sizeof text);
			memcpy(text + at, some[i], strlen(some[i]));
			for (size = at; size <= sizeof text; size++)
				all_judge(text, size);
			/* The same behind characters that are right. */
			for (size = 0; size + 2 <= at; size += 2)
				memcpy(text + size, "\xc3\xa9", 2);
			all_judge(text, sizeof text);
		}
}

static void
all_mark(const char *text, size_t size)
{
	uint64_t marks[SIZE_MAX_TRIED / WIDE_MARKS + 1];
	char *copy = edge_copy(text, size);
	size_t i, j;

	for (i = 0; i < version_count; i++) {
		memset(marks, 0x55, sizeof marks);
		versions[i]->mark(copy, size, marks);
		for (j = 0; j < (size / WIDE_MARKS + 1) * WIDE_MARKS; j++) {
			const bool wanted = j >= size || text[j] == '"' ||
					    text[j] == '\\' ||
					    (unsigned char)text[j] < ' ';

			if ((marks[j / WIDE_MARKS] >> j % WIDE_MARKS & 1) !=
			    wanted)
				fail_msg("%s: byte %zu of %zu",
				    versions[i]->name, j, size);
		}
	}
}

/* Each byte at each place, beside others that have a mark and that have none.
 */
static void
bytes_are_marked_anywhere(void **state)
{
	static const char fillings[] = {
	    'x', '"', '\0', '\x80', '\xff', '\x1f', ' ', '\\'};
	char text[SIZE_MAX_TRIED];
	size_t size, i;
	unsigned byte;

	(void)state;
	for (size = 0; size < sizeof text; size++)
		for (byte = 0; byte < 256; byte++) {
			memset(text, fillings[(size + byte) % sizeof fillings],
			    size);
			for (i = byte % 7; i < size; i += 7)
				text[i] = (char)byte;
			all_mark(text, size);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(characters_are_judged),
	    cmocka_unit_test(characters_are_judged_anywhere),
	    cmocka_unit_test(bytes_are_marked_anywhere),
	};

	return cmocka_run_group_tests_name(
	    "wide_text", tests, find_versions, NULL);
}
