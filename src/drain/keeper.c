#include "drain/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) keep(int life, pid_t command)
{
	char released;
	ssize_t got;

	do {
		got = read(life, &released, 1);
	} while (got < 0 && errno == EINTR);
	if (got != 1)
		kill(-command, SIGKILL);
	_exit(0);
}

int
keeper_start(struct keeper *keeper, pid_t command)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	keeper->pid = fork();
	if (keeper->pid == 0) {
		close(ends[1]);
		/* A `pkill mixspool` must not hit the keeper. */
		(void)prctl(PR_SET_NAME, "drain-keeper", 0, 0, 0);
		keep(ends[0], command);
	}
	/* Nor must a signal to the drain's process group. */
	if (keeper->pid > 0)
		(void)setpgid(keeper->pid, keeper->pid);
	close(ends[0]);
	keeper->life = ends[1];
	if (keeper->pid > 0)
		return 0;
	close(ends[1]);
	return -1;
}

void
keeper_release(struct keeper *keeper)
{
	while (write(keeper->life, "", 1) < 0 && errno == EINTR)
		;
	close(keeper->life);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
