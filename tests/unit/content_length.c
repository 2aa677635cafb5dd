#include "cgi/content_length.h"

#include "unit.h"

static const struct {
	const char *text;
	enum content_length kind;
	uint64_t length;
} lengths[] = {
    {"0", CONTENT_LENGTH_KNOWN, 0},
    {"42", CONTENT_LENGTH_KNOWN, 42},
    {"0042", CONTENT_LENGTH_KNOWN, 42},
    {"18446744073709551615", CONTENT_LENGTH_KNOWN, UINT64_MAX},
    {"18446744073709551616", CONTENT_LENGTH_KNOWN, UINT64_MAX},
    {"999999999999999999999999999999", CONTENT_LENGTH_KNOWN, UINT64_MAX},
    {NULL, CONTENT_LENGTH_ABSENT, 0},
    {"", CONTENT_LENGTH_ABSENT, 0},
    {"-1", CONTENT_LENGTH_ABSENT, 0},
    {"-0", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"-2", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {" -1", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"-1 ", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"-1, -1", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"-", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"+1", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"10K", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"1e3", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"0x10", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {" 12", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"12 ", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"5, 5", CONTENT_LENGTH_NOT_A_NUMBER, 0},
    {"99999999999999999999x", CONTENT_LENGTH_NOT_A_NUMBER, 0},
};

static void
only_digits_are_a_length(void **state)
{
	uint64_t length;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lengths); i++) {
		print_message(
		    "%s\n", lengths[i].text ? lengths[i].text : "none");
		assert_int_equal(content_length_parse(lengths[i].text, &length),
		    lengths[i].kind);
		assert_true(length == lengths[i].length);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_digits_are_a_length),
	};

	return cmocka_run_group_tests_name("content_length", tests, NULL, NULL);
}
