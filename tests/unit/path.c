#include <string.h>

#include "cgi/path.h"
#include "unit.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *path;
	const char *name; /* NULL: the path names no campaign */
} paths[] = {
    {NULL, "default"},
    {"", "default"},
    {"/", "default"},
    {"/reactivation", "reactivation"},
    {"/reactivation/", "reactivation"},
    {"reactivation", "reactivation"},
    {"reactivation/", "reactivation"},
    {"/" X64, X64},
    {"/" X64 "/", X64},
    {"/" X64 "x", NULL},
    {"/" X64 "x/", NULL},
    {"//", NULL},
    {"///", NULL},
    {"//reactivation", NULL},
    {"/reactivation//", NULL},
    {"/a/b", NULL},
    {"/.", NULL},
    {"/..", NULL},
    {"/../", NULL},
    {"/a.", NULL},
    {"/-a", NULL},
};

static void
one_slash_on_either_side_does_not_count(void **state)
{
	char name[CAMPAIGN_NAME_MAX + 1];
	size_t i;
	bool named;

	(void)state;
	for (i = 0; i < COUNT(paths); i++) {
		print_message("%s\n", paths[i].path ? paths[i].path : "none");
		named = path_read_campaign(paths[i].path, name);
		assert_int_equal(named, paths[i].name != NULL);
		if (named)
			assert_string_equal(name, paths[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_slash_on_either_side_does_not_count),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
