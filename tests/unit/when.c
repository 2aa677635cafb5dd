#include "tool/when.h"

#include "unit.h"

#define NOW 1795889999 /* 2026-11-28T18:19:59Z */
#define DAY 86400

static void
moments_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		time_t moment; /* 0: it is not one */
	} cases[] = {
	    {"90s", NOW - 90},
	    {"2m", NOW - 120},
	    {"1h", NOW - 3600},
	    {"2d", NOW - 2 * DAY},
	    {"0s", NOW},
	    {"2026-11-28", 1795824000},
	    {"2026-11-28T17:55", 1795888500},
	    {"2026-11-28T17:55Z", 1795888500},
	    {"2026-11-28T17:55:01", 1795888501},
	    {"2026-11-28T17:55:01Z", 1795888501},
	    {"2024-02-29", 1709164800},
	    {"", 0},
	    {"1", 0},
	    {"1795824000", 0},
	    {"1w", 0},
	    {"-1d", 0},
	    {"1 d", 0},
	    {"2026-11-28 17:55", 0},
	    {"2026-11-28T17", 0},
	    {"2026-11-28T17:55:01.5", 0},
	    {"2026-11-28T17:55:01+01:00", 0},
	    {"2026-11-28Z", 0},
	    {"2026-1-28", 0},
	    {"2026-02-29", 0},
	    {"2026-13-01", 0},
	    {"2026-00-01", 0},
	    {"2026-11-28T24:00", 0},
	    {"2026-11-28T17:60", 0},
	    {" 2026-11-28", 0},
	    {"99999999999999999999d", 0},
	};
	time_t moment;
	size_t i;
	int result;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		moment = 0;
		result = when_parse(cases[i].text, NOW, &moment);
		if (result != (cases[i].moment ? 0 : -1) ||
		    (result == 0 && moment != cases[i].moment))
			fail_msg("%s: %d, %lld", cases[i].text, result,
			    (long long)moment);
	}
}

static void
an_age_before_all_times_is_the_first_one(void **state)
{
	time_t moment = -1;

	(void)state;
	assert_int_equal(when_parse("2d", 100, &moment), 0);
	assert_int_equal(moment, 0);
}

static void
a_name_tells_when_its_batch_was_begun(void **state)
{
	(void)state;
	assert_int_equal(
	    when_begun("20261128T175501.999999Z-9f3a1c22-000042-50.jsonl"),
	    1795888501);
	assert_int_equal(
	    when_begun("20260230T000000.000000Z-9f3a1c22-000042-50.jsonl"), 0);
	assert_int_equal(
	    when_begun("20269999T000000.000000Z-9f3a1c22-000042-50.jsonl"), 0);
	assert_int_equal(
	    when_begun("19690101T000000.000000Z-9f3a1c22-000042-50.jsonl"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(moments_are_read_strictly),
	    cmocka_unit_test(an_age_before_all_times_is_the_first_one),
	    cmocka_unit_test(a_name_tells_when_its_batch_was_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
