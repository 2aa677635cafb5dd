/* A spool is opened by more than one thread and process at a time. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/folder.h"
#include "spool/spool.h"
#include "unit.h"

static char folder[] = "/tmp/mixspool-unit-XXXXXX";

/* What the first request of another process makes, in this order. */
static const char *const made_by_another[] = {
    "default", "default/tmp", "default/new", "default/lock"};
static int other = -1;      /* the spool, as it sees it; -1: there is none */
static unsigned made;       /* so many of them, as yet */
static unsigned calls;      /* of the functions below */
static unsigned moments[2]; /* before these calls it makes the first, the
			       second; then one before each call */

static void
let_another_work(void)
{
	if (other < 0)
		return;
	calls++;
	while (made < COUNT(made_by_another) && calls >= moments[made > 0]) {
		assert_int_equal(
		    mkdirat(other, made_by_another[made], 0700), 0);
		if (made++ > 0)
			moments[1] = calls + 1;
	}
}

int __real_folder_open(int, const char *);
int __wrap_folder_open(int, const char *);
const char *__real_folder_next(DIR *);
const char *__wrap_folder_next(DIR *);
int __real_fstatat(int, const char *, struct stat *, int);
int __wrap_fstatat(int, const char *, struct stat *, int);

int
__wrap_folder_open(int parent, const char *name)
{
	let_another_work();
	return __real_folder_open(parent, name);
}

const char *
__wrap_folder_next(DIR *stream)
{
	let_another_work();
	return __real_folder_next(stream);
}

int
__wrap_fstatat(int parent, const char *name, struct stat *status, int flags)
{
	let_another_work();
	return __real_fstatat(parent, name, status, flags);
}

#define CALLS 12 /* more than one opening needs */

static void
another_may_make_it_at_any_moment(void **state)
{
	unsigned first, second;

	(void)state;
	for (first = 1; first < CALLS; first++) {
		for (second = first; second < CALLS; second++) {
			char path[64], command[96];
			int fd;

			snprintf(path, sizeof path, "%s/%u-%u", folder, first,
			    second);
			assert_int_equal(mkdir(path, 0700), 0);
			made = calls = 0;
			moments[0] = first;
			moments[1] = second;
			other = open(path, O_RDONLY | O_DIRECTORY);
			assert_true(other >= 0);
			fd = spool_open(path);
			if (fd < 0)
				print_error("made before calls %u and %u\n",
				    first, second);
			assert_true(fd >= 0);
			assert_true(calls < CALLS);
			close(fd);
			close(other);
			other = -1;
			snprintf(command, sizeof command, "rm -r %s", path);
			assert_int_equal(system(command), 0);
		}
	}
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_may_make_it_at_any_moment),
	};

	return cmocka_run_group_tests_name(
	    "spool_open", tests, set_up, tear_down);
}
