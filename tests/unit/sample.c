#include <string.h>

#include "send/sample.h"
#include "users/user.h"

#include "unit.h"

/* Every profile fits its buffer and is one that we would receive. */
static void
profiles_are_valid(void **state)
{
	static char profile[SAMPLE_MAX + 16], again[SAMPLE_MAX];
	struct user_fault fault;
	uint64_t index;
	size_t size, longest = 0;

	(void)state;
	for (index = 0; index < 20000; index++) {
		struct scan_user user = {.start = profile};

		memset(profile, '#', sizeof profile);
		size = sample_profile(index % 7, index, 1764000000, profile);
		if (size > longest)
			longest = size;
		scan_user(&user, profile + size, &user_rule_form);
		assert_int_equal(
		    user_check(&user, &user_rule_form, &fault), USER_OK);
		assert_ptr_equal(user.end, profile + size);
		assert_int_equal(profile[size], '#');
		assert_int_equal(
		    sample_profile(index % 7, index, 1764000000, again), size);
		assert_memory_equal(again, profile, size);
	}
	assert_true(longest < SAMPLE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(profiles_are_valid),
	};

	user_init();
	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
