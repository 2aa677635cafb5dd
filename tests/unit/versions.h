/*
 * versions.h: runs the tests of a program with each version of base/wide.h that
 * this processor has. The linker gives it wide_best (wrapped_* in tests.mk).
 */
#ifndef VERSIONS_H
#define VERSIONS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/wide.h"
#include "unit.h"

static const struct wide *versions[WIDE_VERSIONS], *version;

const struct wide *__wrap_wide_best(void);

const struct wide *
__wrap_wide_best(void)
{
	return version;
}

static int
choose_version(void **state)
{
	version = *(const struct wide **)*state;
	return 0;
}

/* The tests have no set-up of their own. */
#define RUN_WITH_EACH_VERSION(name, tests, group_setup)                        \
	run_with_each_version(name, tests, COUNT(tests), group_setup)

static int
run_with_each_version(const char *group, const struct CMUnitTest *tests,
    size_t count, CMFixtureFunction group_setup)
{
	const size_t all = count * wide_versions(versions);
	struct CMUnitTest *each = calloc(all, sizeof *each);
	char *name;
	size_t i;

	assert_non_null(each);
	version = versions[0];
	for (i = 0; i < all; i++) {
		each[i] = tests[i % count];
		assert_true(asprintf(&name, "%s, %s", each[i].name,
				versions[i / count]->name) > 0);
		each[i].name = name;
		each[i].setup_func = choose_version;
		each[i].initial_state = &versions[i / count];
	}
	return _cmocka_run_group_tests(group, each, all, group_setup, NULL);
}

#endif
