#include <stdlib.h>

#include "send/latency.h"

#include "unit.h"

static void
ranks_are_counted(void **state)
{
	struct latency latency = {0};
	uint64_t us;

	(void)state;
	assert_float_equal(latency_quantile_ms(&latency, 0.5), 0, 0);
	for (us = 1; us <= 10; us++)
		latency_add(&latency, us);
	assert_float_equal(latency_quantile_ms(&latency, 0), 0.001, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 0.5), 0.005, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 0.9), 0.009, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 0.91), 0.010, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 1), 0.010, 1e-9);
	assert_int_equal(latency.longest, 10);
}

static void
any_number_is_kept_as_it_is(void **state)
{
	struct latency latency;
	uint64_t us;

	(void)state;
	for (us = 1; us < UINT64_MAX / 3; us = us * 3 / 2 + 1) {
		latency = (struct latency){0};
		latency_add(&latency, us);
		latency_add(&latency, UINT64_MAX);
		assert_float_equal(latency_quantile_ms(&latency, 0.5),
		    (double)us / 1000, (float)us / 1e9F);
		assert_true(latency.longest == UINT64_MAX);
	}
}

/* The first of many are forgotten, except for the longest. */
static void
the_last_ones_count(void **state)
{
	struct latency latency = {0};
	size_t i;

	(void)state;
	latency_add(&latency, 9000);
	for (i = 0; i < LATENCY_KEPT; i++)
		latency_add(&latency, i < LATENCY_KEPT / 2 ? 2000 : 1000);
	assert_float_equal(latency_quantile_ms(&latency, 0.5), 1, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 0.51), 2, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 1), 2, 1e-9);
	assert_int_equal(latency.longest, 9000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranks_are_counted),
	    cmocka_unit_test(any_number_is_kept_as_it_is),
	    cmocka_unit_test(the_last_ones_count),
	};

	return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
