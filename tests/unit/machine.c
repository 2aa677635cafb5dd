/* What the Makefile asks of every machine, also where pointers have 32 bits. */

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "unit.h"

static void
files_times_and_disks_have_64_bits(void **state)
{
	(void)state;
	assert_int_equal(sizeof(off_t), 8);
	assert_int_equal(sizeof(ino_t), 8);
	assert_int_equal(sizeof(time_t), 8);
	assert_int_equal(sizeof((struct statvfs){0}.f_blocks), 8);
	assert_int_equal(sizeof((struct statvfs){0}.f_favail), 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_times_and_disks_have_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
