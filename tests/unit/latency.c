#include <string.h>

#include "send/latency.h"

#include "unit.h"

static void
quantiles_are_at_most_a_sixteenth_high(void **state)
{
	struct latency latency;
	uint64_t us;

	(void)state;
	for (us = 1; us < UINT64_MAX / 3; us = us * 3 / 2 + 1) {
		memset(&latency, 0, sizeof latency);
		latency_add(&latency, us);
		latency_add(&latency, UINT64_MAX);
		const double found = latency_quantile_ms(&latency, 0.5) * 1000;

		assert_true(found >= (double)us * 0.999999);
		assert_true(found <= (double)us * 1.0625);
	}
}

static void
ranks_are_counted(void **state)
{
	struct latency latency = {0};
	uint64_t us;

	(void)state;
	assert_float_equal(latency_quantile_ms(&latency, 0.5), 0, 0);
	for (us = 1; us <= 10; us++)
		latency_add(&latency, us);
	assert_float_equal(latency_quantile_ms(&latency, 0.5), 0.005, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 0.9), 0.009, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 0.91), 0.010, 1e-9);
	assert_float_equal(latency_quantile_ms(&latency, 1), 0.010, 1e-9);
	assert_int_equal(latency.longest, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_are_at_most_a_sixteenth_high),
	    cmocka_unit_test(ranks_are_counted),
	};

	return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
