#include "drain/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void
add_unless_ignored(sigset_t *set, int signal)
{
	struct sigaction action;

	if (sigaction(signal, NULL, &action) == 0 &&
	    action.sa_handler != SIG_IGN)
		sigaddset(set, signal);
}

int
signals_open(struct signals *signals)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	/* A parent may leave it ignored: then there is no exit status. */
	sigaction(SIGCHLD, &standard, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	add_unless_ignored(&set, SIGTERM);
	add_unless_ignored(&set, SIGINT);
	add_unless_ignored(&set, SIGHUP);
	signals->stopping = false;
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return signals->fd < 0 ? -1 : 0;
}

void
signals_close(struct signals *signals)
{
	close(signals->fd);
}

unsigned
signals_read(struct signals *signals)
{
	struct signalfd_siginfo info;
	unsigned stops = 0;

	while (read(signals->fd, &info, sizeof info) == sizeof info)
		stops += info.ssi_signo != SIGCHLD;
	signals->stopping |= stops > 0;
	return stops;
}
