#include <stdlib.h>
#include <string.h>

#include "cgi/settings.h"
#include "unit.h"

static void
clear(void)
{
	unsetenv("MIXSPOOL_DIR");
	unsetenv("MIXSPOOL_THREADS");
	unsetenv("MIXSPOOL_MAX_BODY");
	unsetenv("MIXSPOOL_MEMORY");
	unsetenv("MIXSPOOL_MAX_USERS");
	unsetenv("MIXSPOOL_MIN_FREE");
	unsetenv("MIXSPOOL_LOG");
}

static void
defaults_are_documented(void **state)
{
	const struct settings_options none = {0};
	struct settings settings;
	char error[SETTINGS_ERROR_SIZE];

	(void)state;
	clear();
	assert_int_equal(settings_read(&settings, &none, NULL, error), 0);
	assert_null(settings.dir);
	assert_int_equal(settings.threads, 16);
	assert_int_equal(settings.max_body, 33554432);
	assert_int_equal(settings.max_users, 10000);
	assert_int_equal(settings.memory, 64 << 20);
	assert_int_equal(settings.min_free, 67108864);
}

static void
options_beat_the_environment(void **state)
{
	const struct settings_options options = {.dir = "/a", .threads = "2"};
	struct settings settings;
	char error[SETTINGS_ERROR_SIZE];

	(void)state;
	clear();
	setenv("MIXSPOOL_DIR", "/b", 1);
	setenv("MIXSPOOL_THREADS", "nonsense", 1);
	setenv("MIXSPOOL_MAX_BODY", "2M", 1);
	assert_int_equal(settings_read(&settings, &options, NULL, error), 0);
	assert_string_equal(settings.dir, "/a");
	assert_int_equal(settings.threads, 2);
	assert_int_equal(settings.max_body, 2097152);
}

static void
a_wrong_value_is_named(void **state)
{
	const struct settings_options none = {0};
	struct settings settings;
	char error[SETTINGS_ERROR_SIZE];

	(void)state;
	clear();
	setenv("MIXSPOOL_MIN_FREE", "lots", 1);
	assert_int_equal(settings_read(&settings, &none, NULL, error), -1);
	assert_non_null(strstr(error, "MIXSPOOL_MIN_FREE is 'lots'"));
	clear();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_are_documented),
	    cmocka_unit_test(options_beat_the_environment),
	    cmocka_unit_test(a_wrong_value_is_named),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
