#include "send/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t is_asked;
static int ends[2] = {-1, -1}; /* of a pipe, which the handler writes to */

static void
note_signal(int signal)
{
	const int error = errno;
	ssize_t written;

	(void)signal;
	is_asked = true;
	/* A full pipe is readable, too. */
	written = write(ends[1], "", 1);
	(void)written;
	errno = error;
}

int
stop_open(void)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	const struct sigaction handler = {
	    .sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};
	struct sigaction before;
	size_t i;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (sigaction(numbers[i], NULL, &before) == 0 &&
		    before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &handler, NULL);
	return ends[0];
}

bool
stop_is_asked(void)
{
	return is_asked;
}
