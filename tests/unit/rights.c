/* A file system that keeps no modes, as vfat: fchmod fails, or does nothing. */

#include "tool/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char place[] = "/tmp/mixspool-rights-XXXXXX";
static int parent;

/* The linker replaces fchmod (--wrap). */
static enum { WORKS, FAILS, DOES_NOTHING } chmod_does;
int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);

int
__wrap_fchmod(int fd, mode_t mode)
{
	switch (chmod_does) {
	case WORKS:
		return __real_fchmod(fd, mode);
	case FAILS:
		errno = EPERM;
		return -1;
	case DOES_NOTHING:
		break;
	}
	return 0;
}

static void
check(const char *name, bool anyway, int error)
{
	const struct rights rights = {
	    .mode = 0750, .group = (gid_t)-1, .anyway = anyway};
	struct rights_folder folder;
	struct stat status;

	errno = 0;
	assert_int_equal(
	    rights_make_folder(&rights, parent, name, &folder), error ? -1 : 0);
	assert_int_equal(error ? errno : 0, error);
	assert_int_equal(fstatat(parent, name, &status, 0), error ? -1 : 0);
	if (error)
		return;
	assert_int_equal(folder.mode_now, status.st_mode & 07777);
	close(folder.fd);
	assert_int_equal(unlinkat(parent, name, AT_REMOVEDIR), 0);
}

static void
says_that_modes_are_not_kept(void **state)
{
	(void)state;
	chmod_does = WORKS;
	check("works", false, 0);
	chmod_does = FAILS;
	check("fails", false, ENOTSUP);
	check("fails", true, 0);
	chmod_does = DOES_NOTHING;
	check("nothing", false, ENOTSUP);
	check("nothing", true, 0);
}

static int
set_up(void **state)
{
	(void)state;
	umask(0);
	if (!mkdtemp(place))
		return -1;
	parent = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return parent < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	close(parent);
	return rmdir(place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_that_modes_are_not_kept),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
