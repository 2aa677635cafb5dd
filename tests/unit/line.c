/*
 * Lines as the receiver writes them are read in one pass, and in front of all
 * others is a space here, which this pass does not take: both ways, each line
 * and each one with a byte that is changed, cut off or put in, is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "once/line.h"
#include "once/usual.h"

#include "unit.h"

#define COHORT "{\"action\":\"members\",\"page_info\":{\"page_count\":1}}"

static const struct line_value last = {COHORT, &COHORT[sizeof COHORT - 1]};

static void
assert_same_text(struct line_value one, struct line_value other)
{
	assert_int_equal(one.start != NULL, other.start != NULL);
	if (!one.start)
		return;
	assert_int_equal(one.end - one.start, other.end - other.start);
	assert_memory_equal(
	    one.start, other.start, (size_t)(one.end - one.start));
}

/* TEXT has a space in front of the line, and none behind it: a reader that goes
   too far is caught by a sanitizer. */
static void
check(const char *spaced, size_t size)
{
	const char *why, *same_why;
	struct line line, same;
	char *text = malloc(size > 0 ? size : 1);
	int result;

	memcpy(text, spaced + 1, size);
	result = line_read(text, size, NULL, last, &line, &why);
	assert_int_equal(
	    line_read(spaced, size + 1, NULL, last, &same, &same_why), result);
	if (result == 0) {
		assert_int_equal(line.kind, same.kind);
		assert_int_equal(line.has_id, same.has_id);
		assert_int_equal(line.id.size, same.id.size);
		if (line.id.size > 0)
			assert_memory_equal(
			    line.id.text, same.id.text, same.id.size);
		assert_same_text(line.properties, same.properties);
		assert_same_text(line.cohort, same.cohort);
	}
	line_free(&line);
	line_free(&same);
	free(text);
}

static void
check_changes(const char *spaced, size_t size)
{
	static const char bytes[] = "\"\\{}[],:0-.etn \t\x01\x1f\x7f\x80\xff";
	char *changed = malloc(size + 2);
	size_t at, i;

	for (at = 1; at <= size; at++) {
		check(spaced, at - 1);
		for (i = 0; i < sizeof bytes - 1; i++) {
			memcpy(changed, spaced, size + 1);
			changed[at] = bytes[i];
			check(changed, size);
			memcpy(changed + at + 1, spaced + at, size + 1 - at);
			check(changed, size + 1);
		}
		memcpy(changed, spaced, at);
		memcpy(changed + at, spaced + at + 1, size - at);
		check(changed, size - 1);
	}
	free(changed);
}

#define ID "{\"$distinct_id\":\"f6c46c33-11d9\""

static const struct {
	const char *spaced;
	bool is_usual;
} cases[] = {
    {" " ID ",\"$properties\":{}}", true},
    {" " ID ",\"$properties\":{\"a\":\"12345678\",\"b\":\"\",\"c\":-1.5e3}}",
	true},
    {" " ID ",\"$properties\":{\"a\":true,\"b\":null},\"$cohort\":" COHORT "}",
	true},
    {" " ID ",\"$properties\":{\"a\":[]},\"$cohort\":" COHORT "}", false},
    {" " ID ",\"$properties\":{\"\xc3\xa4\":1}}", true},
    {" " ID ",\"$properties\":{\"a\\u0041\":\"\\n\"}}", false},
    {" " ID ",\"$properties\":null}", false},
    {" " ID ",\"$properties\":{},\"$cohort\":{\"action\":\"add_members\"}}",
	false},
    {" {\"$distinct_id\":\"\",\"$properties\":{}}", false},
    {" {\"$distinct_id\":\"\\ud83d\\ude00\",\"$properties\":{}}", false},
    {" {\"$distinct_id\":42,\"$properties\":{}}", false},
    {" {\"$cohort\":" COHORT "}", false},
    {" {\"event\":\"x\",\"properties\":{\"$distinct_id\":1}}", false},
};

static void
test_both_ways(void **state)
{
	struct line line;
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		size = strlen(cases[i].spaced) - 1;
		assert_int_equal(
		    usual_read(cases[i].spaced + 1, size, last, &line),
		    cases[i].is_usual);
		check(cases[i].spaced, size);
		check_changes(cases[i].spaced, size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_both_ways)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
