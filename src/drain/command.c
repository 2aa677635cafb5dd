#include "drain/command.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_program(const char *path, struct stat *file)
{
	return stat(path, file) == 0 && S_ISREG(file->st_mode) &&
	       access(path, X_OK) == 0;
}

bool
command_is_program(const char *file)
{
	struct stat status;

	return is_program(file, &status);
}

bool
command_find(const char *name, struct stat *file)
{
	const char *path = getenv("PATH"), *end;
	char tried[4096];
	int length;

	if (strchr(name, '/'))
		return is_program(name, file);
	for (path = path ? path : "/bin:/usr/bin";; path = end + 1) {
		end = strchrnul(path, ':');
		length = (int)(end - path);
		/* An empty entry is the current folder. */
		snprintf(tried, sizeof tried, "%.*s/%s", length ? length : 1,
		    length ? path : ".", name);
		if (is_program(tried, file))
			return true;
		if (!*end)
			return false;
	}
}

/* The signals: none blocked, and those that this program ignores as a program
   expects them. */
static void
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, standard;

	sigemptyset(&none);
	sigemptyset(&standard);
	sigaddset(&standard, SIGPIPE);
	sigaddset(&standard, SIGXFSZ);
	posix_spawnattr_init(attributes);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &standard);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
						 POSIX_SPAWN_SETSIGMASK |
						 POSIX_SPAWN_SETSIGDEF);
}

int
command_start(char *const *arguments, char *const *environment, mode_t mask,
    int input, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	mode_t ours;
	int error;

	/* Without this the command would read the drain's own input. */
	error = posix_spawn_file_actions_init(&actions);
	if (error) {
		errno = error;
		return -1;
	}
	error = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	set_attributes(&attributes);
	ours = umask(mask);
	if (!error)
		error = posix_spawnp(pid, arguments[0], &actions, &attributes,
		    arguments, environment);
	umask(ours);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	errno = error;
	return error ? -1 : 0;
}
