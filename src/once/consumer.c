#include "once/consumer.h"

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void
fill(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
}

void
consumer_hold_signals(sigset_t *before)
{
	sigset_t held;

	/* Who started us may ignore it, and then no command is waited for. */
	(void)signal(SIGCHLD, SIG_DFL);
	fill(&held);
	(void)sigprocmask(SIG_BLOCK, &held, before);
}

static int
start(char *const *command, int input, const sigset_t *before, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t standard;
	int error;

	error = posix_spawn_file_actions_init(&actions);
	if (error) {
		errno = error;
		return -1;
	}
	sigemptyset(&standard);
	sigaddset(&standard, SIGPIPE);
	sigaddset(&standard, SIGXFSZ);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, before);
	posix_spawnattr_setsigdefault(&attributes, &standard);
	posix_spawnattr_setflags(
	    &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (!error)
		error = posix_spawnp(
		    pid, command[0], &actions, &attributes, command, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	errno = error;
	return error ? -1 : 0;
}

/* The status of waitpid is in *STATUS. 0, or -1 and errno. */
static int
wait_for(pid_t pid, int *status)
{
	sigset_t held;
	int number;
	pid_t ended;

	fill(&held);
	for (;;) {
		ended = waitpid(pid, status, WNOHANG);
		if (ended == pid)
			return 0;
		if (ended < 0 && errno == EINTR)
			continue;
		if (ended < 0)
			return -1;
		if (sigwait(&held, &number) == 0 && number != SIGCHLD)
			(void)kill(pid, number);
	}
}

pid_t
consumer_start(
    char *const *command, int input, uint64_t users, const sigset_t *before)
{
	char number[24];
	pid_t pid;

	snprintf(number, sizeof number, "%" PRIu64, users);
	if (setenv("MIXSPOOL_USERS", number, 1) < 0 ||
	    start(command, input, before, &pid) < 0)
		return -1;
	return pid;
}

int
consumer_wait(pid_t pid)
{
	int status;

	if (wait_for(pid, &status) < 0)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
