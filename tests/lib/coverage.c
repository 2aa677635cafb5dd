/*
 * Linked into the programs that `make coverage` measures. Each process writes
 * its counts into files beside the objects when it ends, also inside the
 * sandbox, and also when it calls _exit.
 */
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
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
/* Not every program has a filter. */
#pragma weak seccomp_rule_add_array
int __real_seccomp_load(scmp_filter_ctx filter) __attribute__((weak));
int __wrap_seccomp_load(scmp_filter_ctx filter);
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

/* A process that writes into the files locks them. */
int
__wrap_seccomp_load(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp lock =
	    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, F_SETLKW);
	int error = seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, &lock);

	return error ? error : __real_seccomp_load(filter);
}

void
__wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
