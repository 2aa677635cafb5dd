#include "base/number.h"
#include "unit.h"

static const struct {
	const char *text;
	uint64_t number;
} good[] = {
    {"1", 1},
    {"0", 0},
    {"007", 7},
    {"10K", 10240},
    {"3M", 3145728},
    {"2G", UINT64_C(2147483648)},
    {"18446744073709551615", UINT64_MAX},
};

static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1e3", "1k", "K",
    "1KK", "0x10", "1.5", "1M0", "18446744073709551616", "17179869184G",
    "99999999999999999999999999"};

static void
numbers_are_strict(void **state)
{
	uint64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(
		    number_parse(good[i].text, 0, UINT64_MAX, &number), 0);
		assert_true(number == good[i].number);
	}
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(
		    number_parse(bad[i], 0, UINT64_MAX, &number), -1);
	assert_int_equal(number_parse("4", 5, 9, &number), -1);
	assert_int_equal(number_parse("10", 5, 9, &number), -1);
}

static void
digits_have_no_unit(void **state)
{
	static const char *const wrong[] = {"", "10K", "3M", "2G", "1s", "-1",
	    "+1", " 1", "1 ", "1e3", "0x10", "1.5", "12\t",
	    "18446744073709551616"};
	uint64_t number;
	size_t i;

	(void)state;
	assert_int_equal(number_parse_digits("080", 0, 65535, &number), 0);
	assert_int_equal(number, 80);
	assert_int_equal(
	    number_parse_digits("18446744073709551615", 0, UINT64_MAX, &number),
	    0);
	assert_true(number == UINT64_MAX);
	for (i = 0; i < COUNT(wrong); i++)
		assert_int_equal(
		    number_parse_digits(wrong[i], 0, UINT64_MAX, &number), -1);
	assert_int_equal(number_parse_digits("4", 5, 9, &number), -1);
	assert_int_equal(number_parse_digits("10", 5, 9, &number), -1);
}

static void
times_have_units(void **state)
{
	uint64_t seconds;

	(void)state;
	assert_int_equal(number_parse_time("90", 0, 1000, &seconds), 0);
	assert_int_equal(seconds, 90);
	assert_int_equal(number_parse_time("5m", 0, 1000, &seconds), 0);
	assert_int_equal(seconds, 300);
	assert_int_equal(number_parse_time("2h", 0, 10000, &seconds), 0);
	assert_int_equal(seconds, 7200);
	assert_int_equal(number_parse_time("1d", 0, 100000, &seconds), 0);
	assert_int_equal(seconds, 86400);
	assert_int_equal(number_parse_time("1K", 0, 100000, &seconds), -1);
	assert_int_equal(number_parse_time("1dd", 0, 100000, &seconds), -1);
	assert_int_equal(number_parse_time("m", 0, 100000, &seconds), -1);
	assert_int_equal(number_parse_time("2d", 0, 100000, &seconds), -1);
}

static void
shares_are_percentages(void **state)
{
	static const char *const wrong[] = {"", "%", "10", "0.1", "10 %", "-1%",
	    "100.1%", "1.%", ".5%", "1%%", "1e1%", "1.2.3%"};
	double share;
	size_t i;

	(void)state;
	assert_int_equal(number_parse_share("10%", &share), 0);
	assert_float_equal(share, 0.1, 1e-9);
	assert_int_equal(number_parse_share("0.25%", &share), 0);
	assert_float_equal(share, 0.0025, 1e-9);
	assert_int_equal(number_parse_share("100%", &share), 0);
	assert_float_equal(share, 1, 1e-9);
	assert_int_equal(number_parse_share("0%", &share), 0);
	assert_float_equal(share, 0, 1e-9);
	for (i = 0; i < COUNT(wrong); i++)
		assert_int_equal(number_parse_share(wrong[i], &share), -1);
}

static void
rates_have_units(void **state)
{
	static const char *const wrong[] = {"", "0", "0/s", "/s", "5/d", "5 /s",
	    "5/", "-5", "1234567890", "5/ss"};
	double rate;
	size_t i;

	(void)state;
	assert_int_equal(number_parse_rate("5", &rate), 0);
	assert_float_equal(rate, 5, 1e-9);
	assert_int_equal(number_parse_rate("2.5/s", &rate), 0);
	assert_float_equal(rate, 2.5, 1e-9);
	assert_int_equal(number_parse_rate("90/m", &rate), 0);
	assert_float_equal(rate, 1.5, 1e-9);
	assert_int_equal(number_parse_rate("7200/h", &rate), 0);
	assert_float_equal(rate, 2, 1e-9);
	for (i = 0; i < COUNT(wrong); i++)
		assert_int_equal(number_parse_rate(wrong[i], &rate), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_strict),
	    cmocka_unit_test(digits_have_no_unit),
	    cmocka_unit_test(times_have_units),
	    cmocka_unit_test(shares_are_percentages),
	    cmocka_unit_test(rates_have_units),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
