/*
 * Linked into the programs that `make coverage` measures. Each process writes
 * its counts into files beside the objects when it ends, also inside the
 * sandbox, and also when it calls _exit.
 */
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef COVERAGE_FOLDER
#define COVERAGE_FOLDER "build/coverage"
#endif

void __gcov_dump(void); /* from gcov.h, which clang does not have */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
void __attribute__((noreturn)) __real__exit(int status);
void __attribute__((noreturn)) __wrap__exit(int status);

static void
allow_counts(int ruleset)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access =
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
	    .parent_fd = open(COVERAGE_FOLDER, O_PATH | O_CLOEXEC)};

	if (rule.parent_fd < 0)
		return;
	(void)__real_syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

long
__wrap_syscall(long number, ...)
{
	va_list arguments;
	long given[4];
	int i;

	va_start(arguments, number);
	for (i = 0; i < 4; i++)
		given[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_landlock_restrict_self)
		allow_counts((int)given[0]);
	return __real_syscall(number, given[0], given[1], given[2], given[3]);
}

void
__wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
