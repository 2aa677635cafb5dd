#include "tool/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "unit.h"

struct values {
	bool flag;
	int choice;
	const char *text;
	uint64_t count, seconds;
	double share, rate;
	char *secret;
};

#define AT(member) offsetof(struct values, member)

static const struct options_entry entries[] = {
    {"flag", 'f', OPTIONS_FLAG, AT(flag), 0, 0, NULL},
    {"three", 0, OPTIONS_CHOICE, AT(choice), 3, 0, NULL},
    {NULL, 'x', OPTIONS_TEXT, AT(text), 0, 0, NULL},
    {"count", 'n', OPTIONS_COUNT, AT(count), 1, 10, "1 to 10"},
    {"time", 0, OPTIONS_TIME, AT(seconds), 0, 3600, "up to an hour"},
    {"share", 0, OPTIONS_SHARE, AT(share), 0, 0, "a percentage"},
    {"rate", 0, OPTIONS_RATE, AT(rate), 0, 0, "times a second"},
    {"user", 'u', OPTIONS_SECRET, AT(secret), 0, 0, NULL},
};

static char *argv[20];

/* Cuts LINE at its spaces: the number of arguments. */
static int
cut_line(const char *line, struct values *values)
{
	static char text[100];
	int argc = 0;
	char *word;

	snprintf(text, sizeof text, "%s", line);
	for (word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	optind = 0; /* getopt(3): begins anew */
	*values = (struct values){0};
	return argc;
}

/* Parses LINE into VALUES. */
static int
parse_line(const char *line, struct values *values)
{
	int argc = cut_line(line, values);

	return options_parse(
	    argc, argv, "# the usage\n", entries, COUNT(entries), values);
}

static void
takes_each_kind(void **state)
{
	struct values values;

	(void)state;
	assert_int_equal(
	    parse_line("p -fx some -n10 --three --time=2m a -n 99", &values),
	    EX_OK);
	assert_true(values.flag);
	assert_int_equal(values.choice, 3);
	assert_string_equal(values.text, "some");
	assert_int_equal(values.count, 10);
	assert_int_equal(values.seconds, 120);
	/* The first argument ends the options. */
	assert_int_equal(optind, 6);
}

static void
takes_options_behind_arguments(void **state)
{
	struct values values;
	int argc =
	    cut_line("p a -u me:secret b --share 5% -u you:secret --rate "
		     "60/m -- -f",
		&values);

	(void)state;
	assert_int_equal(options_parse_anywhere(
			     argc, argv, "", entries, COUNT(entries), &values),
	    EX_OK);
	assert_true(values.share > 0.049 && values.share < 0.051);
	assert_true(values.rate > 0.99 && values.rate < 1.01);
	/* The last secret counts; all of them are wiped. */
	assert_string_equal(values.secret, "you:secret");
	free(values.secret);
	assert_string_equal(argv[2], "*********");
	assert_false(values.flag);
	assert_int_equal(argc - optind, 3);
	assert_string_equal(argv[optind], "a");
	assert_string_equal(argv[optind + 1], "b");
	assert_string_equal(argv[optind + 2], "-f");
}

static void
sets_nothing_without_options(void **state)
{
	struct values values;

	(void)state;
	assert_int_equal(parse_line("p -- -f", &values), EX_OK);
	assert_false(values.flag);
	assert_null(values.text);
	assert_int_equal(optind, 2);
}

static void
refuses_what_is_not_in_the_table(void **state)
{
	static const char *const lines[] = {"p -y", "p -fy", "p --flog",
	    "p --flag=1", "p -n", "p --time", "p -n 0", "p --count 11",
	    "p -n 1x", "p --time 2h", "p --share 5", "p --rate x", "p -u"};
	struct values values;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++)
		assert_int_equal(parse_line(lines[i], &values), EX_USAGE);
	assert_int_equal(values.seconds, 0);
}

static void
prints_the_usage(void **state)
{
	struct values values;

	(void)state;
	assert_int_equal(parse_line("p -h -y", &values), -1);
	assert_int_equal(parse_line("p --help", &values), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_each_kind),
	    cmocka_unit_test(takes_options_behind_arguments),
	    cmocka_unit_test(sets_nothing_without_options),
	    cmocka_unit_test(refuses_what_is_not_in_the_table),
	    cmocka_unit_test(prints_the_usage),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
