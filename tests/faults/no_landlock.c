/* Preloaded: a kernel without Landlock. */

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

long
syscall(long number, ...)
{
	void *symbol = dlsym(RTLD_NEXT, "syscall");
	long (*real)(long, ...);
	long given[6];
	va_list arguments;
	int i;

	if (number == SYS_landlock_create_ruleset) {
		errno = ENOSYS;
		return -1;
	}
	memcpy(&real, &symbol, sizeof real);
	va_start(arguments, number);
	for (i = 0; i < 6; i++)
		given[i] = va_arg(arguments, long);
	va_end(arguments);
	return real(
	    number, given[0], given[1], given[2], given[3], given[4], given[5]);
}
