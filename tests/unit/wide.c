#include "base/wide.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "unit.h"

/* Of a form, as wide.h has it, written to be read. Returns the size, or -1 with
 *BAD. */
static int
decode_slowly(const char *text, size_t size, char *decoded, size_t *bad)
{
	size_t i, count = 0;
	char digits[3] = {0};

	for (i = 0; i < size; i++) {
		decoded[count] = (char)(text[i] == '+' ? ' ' : text[i]);
		if (text[i] == '%') {
			memcpy(digits, text + i + 1, size - i > 2 ? 2 : 0);
			if (size - i <= 2 ||
			    strspn(digits, "0123456789abcdefABCDEF") != 2) {
				*bad = i;
				return -1;
			}
			decoded[count] = (char)strtoul(digits, NULL, 16);
			i += 2;
		}
		count++;
	}
	return (int)count;
}

static void
decodes(const struct wide *wide, const char *text, size_t size)
{
	char wanted[SIZE_MAX_TRIED], *copy = edge_copy(text, size), *end;
	const char *bad = NULL;
	size_t wanted_bad = 0;
	int count = decode_slowly(text, size, wanted, &wanted_bad);

	end = wide->decode(copy, copy + size, &bad);
	if (count < 0 ? end || bad != copy + wanted_bad
		      : !end || end - copy != count ||
			    memcmp(copy, wanted, (size_t)count) != 0)
		fail_msg("%s: \"%.*s\"", wide->name, (int)size, text);
}

static void
all_decode(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < version_count; i++)
		decodes(versions[i], text, size);
}

/* An escape at each place, and a second one at each place behind it. */
static void
escapes_are_decoded_anywhere(void **state)
{
	char text[AROUND_BLOCKS];
	size_t one, other;

	(void)state;
	for (one = 0; one + 3 <= sizeof text; one++)
		for (other = one; other + 3 <= sizeof text; other++) {
			memset(text, 'x', sizeof text);
			text[other / 2] = '+';
			memcpy(text + one, "%c3", 3);
			memcpy(text + other, "%A9", 3);
			all_decode(text, sizeof text);
			all_decode(text, other + 3);
		}
}

/* Each pair of bytes behind a '%' at some places. */
static void
only_digits_make_an_escape(void **state)
{
	static const size_t places[] = {0, 5, 27, 28, 29, 30, 31, 45, 60, 67};
	char text[AROUND_BLOCKS];
	unsigned pair;
	size_t i;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "%20", 3);
	for (i = 0; i < COUNT(places); i++)
		for (pair = 0; pair < 0x10000; pair++) {
			char *at = text + places[i], kept[3];

			memcpy(kept, at, sizeof kept);
			at[0] = '%';
			at[1] = (char)(pair >> 8);
			at[2] = (char)pair;
			all_decode(text, sizeof text);
			memcpy(at, kept, sizeof kept);
		}
}

/* The next of a row of numbers, the same ones each time. */
static unsigned
draw(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % below;
}

/* Of any mixture, whole or cut, with a bad escape at times. */
static void
mixtures_are_decoded(void **state)
{
	static const char *const parts[] = {"%22", "%3A", "%c3%a9", "+", "a",
	    "distinct_id", "\xc3", "12345678901234567890", "&", "\"", "",
	    "%22%2C%22"};
	unsigned seed = 1, i;
	size_t size, length;
	char text[SIZE_MAX_TRIED];

	(void)state;
	for (i = 0; i < 200000; i++) {
		const size_t wanted = draw(&seed, SIZE_MAX_TRIED);

		for (size = 0; size < wanted; size += length) {
			const char *part = parts[draw(&seed, COUNT(parts))];

			length = strlen(part);
			if (length > wanted - size)
				length = wanted - size;
			memcpy(text + size, part, length);
		}
		if (size > 0 && draw(&seed, 4) == 0)
			text[draw(&seed, (unsigned)size)] = '%';
		all_decode(text, size);
	}
}

static void
the_best_version_is_one_of_all(void **state)
{
	size_t i;

	(void)state;
	assert_in_range(version_count, 1, WIDE_VERSIONS);
	assert_ptr_equal(wide_best(), versions[0]);
	assert_string_equal(versions[version_count - 1]->name, "portable");
	for (i = 0; i < version_count; i++)
		print_message("%s\n", versions[i]->name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_best_version_is_one_of_all),
	    cmocka_unit_test(escapes_are_decoded_anywhere),
	    cmocka_unit_test(only_digits_make_an_escape),
	    cmocka_unit_test(mixtures_are_decoded),
	};

	return cmocka_run_group_tests_name("wide", tests, find_versions, NULL);
}
