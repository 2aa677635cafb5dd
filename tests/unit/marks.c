#include "users/marks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "versions.h"

/* Of sizes at which a window begins, ends, or is not full. */
static const size_t sizes[] = {2, 3, 63, 64, 65, 66, 128, 4095, 4096, 4097,
    4098, 4160, 8191, 8192, 8193, 8194, 9000};

/* Owned: an object of SIZE bytes, without a byte to spare. */
static char *
object_of(size_t size)
{
	char *text = malloc(size);

	assert_non_null(text);
	memset(text, 'x', size);
	text[0] = '{';
	text[size - 1] = '}';
	return text;
}

/* A quote at some places and none between them. */
static void
marks_are_found_from_anywhere(void **state)
{
	size_t i, at, from;
	struct marks marks;
	const char *found;
	char *text;

	(void)state;
	for (i = 0; i < COUNT(sizes); i++) {
		text = object_of(sizes[i]);
		for (at = 1; at < sizes[i]; at += at < 130 ? 1 : 61) {
			const char kept = text[at];

			if (at < sizes[i] - 1)
				text[at] = '"';
			marks_open(&marks, text, text + sizes[i]);
			for (from = 0; from <= at; from += from < 70 ? 1 : 97) {
				found = marks_find(&marks, text + from);
				assert_ptr_equal(found, text + at);
			}
			/* Backwards, too, as an alert is read twice. */
			assert_ptr_equal(marks_find(&marks, text), text + at);
			text[at] = kept;
		}
		free(text);
	}
}

/* One mark behind the other, in steps that no window is a multiple of. */
static void
marks_are_found_in_a_row(void **state)
{
	const size_t size = 3 * MARKS_WINDOW + 5;
	char *text = object_of(size);
	struct marks marks;
	size_t step, at;
	const char *p;

	(void)state;
	for (step = 1; step < 200; step += 3) {
		memset(text + 1, 'x', size - 2);
		for (at = step; at < size - 1; at += step)
			text[at] = at % 2 ? '\\' : '\x1f';
		marks_open(&marks, text, text + size);
		p = text + 1;
		for (at = step; at < size - 1; at += step) {
			p = marks_find(&marks, p);
			assert_ptr_equal(p, text + at);
			p++;
		}
		assert_ptr_equal(marks_find(&marks, p), text + size - 1);
	}
	free(text);
}

static void
a_text_ends_with_a_bracket(void **state)
{
	static const struct {
		const char *text;
		int last; /* -1: it is not JSON with an object or list */
	} texts[] = {{"{}", 1}, {"[] \r\n\t", 1}, {"]", 0}, {"", -1}, {" ", -1},
	    {"{", -1}, {"{}x", -1}, {"1", -1}, {"{} \f", -1},
	    {"{\"\xc3\xa9\"}", 5}, {"{\"\xc3\"}", -1}, {"{} \x80", -1}};
	struct marks marks;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		const char *text = texts[i].text;

		print_message("%s\n", text);
		marks_open(&marks, text, text + strlen(text));
		assert_ptr_equal(marks.last,
		    texts[i].last < 0 ? NULL : text + texts[i].last);
		assert_ptr_equal(marks.end, text + strlen(text));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(marks_are_found_from_anywhere),
	    cmocka_unit_test(marks_are_found_in_a_row),
	    cmocka_unit_test(a_text_ends_with_a_bracket),
	};

	return RUN_WITH_EACH_VERSION("marks", tests, NULL);
}
