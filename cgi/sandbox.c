#include "cgi/sandbox.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

const char *
sandbox_strerror(int error)
{
	if (error == EPERM || error == EACCES)
		return "a filter of system calls forbids it: see "
		       "SystemCallFilter= of systemd, or the container's";
	return strerror(error);
}

const char *
sandbox_privileges(const struct sandbox *sandbox)
{
	(void)sandbox;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? strerror(errno)
							  : NULL;
}

/* A piped core_pattern ignores RLIMIT_CORE: only PR_SET_DUMPABLE stops it. */
const char *
sandbox_core_dumps(const struct sandbox *sandbox)
{
	const struct rlimit none = {0, 0};

	(void)sandbox;
	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return strerror(errno);
	return NULL;
}

bool
sandbox_enter(const struct sandbox *sandbox, sandbox_report *report)
{
	/* In this order: seccomp forbids what the others need, and the first
	   one lets an ordinary user enter the last two. */
	static const struct {
		const char *name;
		const char *(*enter)(const struct sandbox *sandbox);
	} mechanisms[] = {
	    {"no new privileges", sandbox_privileges},
	    {"no core dumps", sandbox_core_dumps},
	    {"Landlock", sandbox_landlock},
	    {"seccomp", sandbox_seccomp},
	};
	bool all = true;
	size_t i;

	for (i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
		const char *why = mechanisms[i].enter(sandbox);

		all &= !why;
		if (why && report)
			report(mechanisms[i].name, why);
	}
	return all;
}
