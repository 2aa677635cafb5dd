/* Names of batches: with a number of lines, and without one, as 0.1 gave. */

#include "spool/spool_names.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define BASE "20261124T065034.123456Z-9f3a1c22-000042"

static const struct {
	const char *name;
	bool is_batch;
	size_t lines;
} names[] = {
    {BASE ".jsonl", true, 0},
    {BASE "-1.jsonl", true, 1},
    {BASE "-50.jsonl", true, 50},
    {BASE "-0050.jsonl", true, 50},
    {BASE "123456789-50.jsonl", true, 50},
    {BASE "-999999999.jsonl", true, 999999999},
    /* No batch has so many: they are to be counted. */
    {BASE "-0.jsonl", true, 0},
    {BASE "-1000000000.jsonl", true, 0},
    {BASE "-99999999999999999999999.jsonl", true, 0},
    {BASE "-.jsonl", false, 0},
    {BASE "--1.jsonl", false, 0},
    {BASE "-+1.jsonl", false, 0},
    {BASE "- 1.jsonl", false, 0},
    {BASE "-1-2.jsonl", false, 0},
    {BASE "-1x.jsonl", false, 0},
    {BASE "-1.jsonl.gz", false, 0},
    {BASE "-1", false, 0},
    {"20261124T065034.123456Z-9f3a1c22-00042-50.jsonl", false, 0},
    {"", false, 0},
};

static void
a_name_may_have_a_number_of_lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		if (spool_is_batch_name(names[i].name) != names[i].is_batch ||
		    spool_name_lines(names[i].name) != names[i].lines)
			fail_msg("%s", names[i].name);
	}
}

static void
the_number_can_be_replaced(void **state)
{
	char name[SPOOL_NAME_SIZE];

	(void)state;
	spool_name_set_lines(BASE "-50.jsonl", 7, name);
	assert_string_equal(name, BASE "-7.jsonl");
	spool_name_set_lines(BASE ".jsonl", 7, name);
	assert_string_equal(name, BASE "-7.jsonl");
	spool_name_set_lines(BASE "-50.jsonl", 0, name);
	assert_string_equal(name, BASE ".jsonl");
}

/* Whatever the numbers, a process's next name sorts behind. */
static void
names_sort_by_time_and_count(void **state)
{
	static const size_t lines[] = {1, 500, 2, 1000, 10, 9};
	char before[SPOOL_NAME_SIZE] = "", name[SPOOL_NAME_SIZE];
	struct spool_names given;
	size_t i;

	(void)state;
	assert_int_equal(spool_names_init(&given), 0);
	for (i = 0; i < COUNT(lines); i++) {
		assert_int_equal(spool_names_next(&given, lines[i], name), 0);
		assert_true(spool_is_batch_name(name));
		assert_int_equal(spool_name_lines(name), lines[i]);
		assert_true(strcmp(before, name) < 0);
		memcpy(before, name, sizeof name);
	}
}

/* The longest counter and number leave room for the suffix. */
static void
the_longest_name_is_whole(void **state)
{
	struct spool_names given = {.process = UINT32_MAX};
	char name[SPOOL_NAME_SIZE];

	(void)state;
	atomic_init(&given.count, UINT_FAST64_MAX - 1);
	assert_int_equal(spool_names_next(&given, SIZE_MAX, name), 0);
	assert_true(spool_is_batch_name(name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_may_have_a_number_of_lines),
	    cmocka_unit_test(the_number_can_be_replaced),
	    cmocka_unit_test(names_sort_by_time_and_count),
	    cmocka_unit_test(the_longest_name_is_whole),
	};

	return cmocka_run_group_tests_name("spool_names", tests, NULL, NULL);
}
