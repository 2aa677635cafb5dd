/* The list of system calls is in src/filter/rules.c; the build makes the
   filter. Source: seccomp(2). */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgi/sandbox.h"
#include "cgi/sandbox_filter.h"

/* NULL, or why the kernel cannot end a process that makes another call. */
static const char *
why_not_to_kill(void)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
		return NULL;
	return errno == EPERM || errno == EACCES
		   ? sandbox_strerror(errno)
		   : "it cannot end a process, before Linux 4.14";
}

const char *
sandbox_seccomp(const struct sandbox *sandbox)
{
	/* In the machine's order of bytes. */
	union {
		unsigned char bytes[FILTER_COUNT * sizeof(struct sock_filter)];
		struct sock_filter rules[FILTER_COUNT];
	} filter = {.bytes = {FILTER_BYTES}};
	const struct sock_fprog program = {FILTER_COUNT, filter.rules};
	const char *why = FILTER_MISSING;

	(void)sandbox;
	if (!why)
		why = why_not_to_kill();
	if (why)
		return why;
	filter.rules[FILTER_PID].k = (uint32_t)getpid();
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0
		   ? sandbox_strerror(errno)
		   : NULL;
}
