/* Preloaded: a machine that lacks, or refuses, the thing in KERNEL_WITHOUT. */

#include <dlfcn.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool
lacks(const char *what)
{
	const char *lacking = getenv("KERNEL_WITHOUT");

	return lacking && strcmp(lacking, what) == 0;
}

static int
refuse(int error)
{
	errno = error;
	return -1;
}

/* Sets `real` to the C library's function. ISO C has no cast from a pointer to
   data to one to a function. */
#define REAL(function)                                                         \
	do {                                                                   \
		void *symbol = dlsym(RTLD_NEXT, #function);                    \
		memcpy(&real, &symbol, sizeof real);                           \
	} while (0)

/* KERNEL_WITHOUT=version 3: as a kernel with that version of Landlock. */
static long
landlock_version(void)
{
	static const char prefix[] = "version ";
	const char *lacking = getenv("KERNEL_WITHOUT");

	return lacking && strncmp(lacking, prefix, sizeof prefix - 1) == 0
		   ? strtol(lacking + sizeof prefix - 1, NULL, 10)
		   : 0;
}

long
syscall(long number, ...)
{
	long (*real)(long, ...);
	long given[6];
	va_list arguments;
	int i;

	va_start(arguments, number);
	for (i = 0; i < 6; i++)
		given[i] = va_arg(arguments, long);
	va_end(arguments);
	if ((number == SYS_landlock_create_ruleset || number == SYS_seccomp) &&
	    lacks("permission"))
		return refuse(EPERM);
	if (number == SYS_landlock_create_ruleset) {
		if (lacks("Landlock"))
			return refuse(ENOSYS);
		if (given[0] == 0 && landlock_version() > 0)
			return landlock_version();
		if (given[0] != 0 && lacks("rulesets"))
			return refuse(EMFILE);
	}
	if (number == SYS_seccomp) {
		if (given[0] == SECCOMP_GET_ACTION_AVAIL && lacks("killing"))
			return refuse(EOPNOTSUPP);
		if (given[0] == SECCOMP_SET_MODE_FILTER && lacks("seccomp"))
			return refuse(EINVAL);
		if (given[0] == SECCOMP_SET_MODE_FILTER && lacks("memory"))
			return refuse(ENOMEM);
	}
	if (number == SYS_landlock_add_rule && lacks("rules"))
		return refuse(ENOMEM);
	if (number == SYS_landlock_restrict_self && lacks("restriction"))
		return refuse(E2BIG);
	REAL(syscall);
	return real(
	    number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

int
prctl(int option, ...)
{
	int (*real)(int, ...);
	unsigned long given[4];
	va_list arguments;
	int i;

	va_start(arguments, option);
	for (i = 0; i < 4; i++)
		given[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	if (option == PR_SET_DUMPABLE && lacks("dumpable"))
		return refuse(EINVAL);
	REAL(prctl);
	return real(option, given[0], given[1], given[2], given[3]);
}
