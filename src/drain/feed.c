#include "drain/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "drain/command.h"
#include "drain/keeper.h"
#include "drain/source.h"

#define PIPE_SIZE (1 << 20)
#define KILL_AFTER_MS 5000 /* from SIGTERM to SIGKILL */

struct run {
	const struct feed_job *job;
	struct signals *signals;
	struct source source;
	pid_t pid;
	int pipe_out, pipe_in; /* pipe_in is -1 once all is written */
	struct keeper keeper;  /* while pipe_in is open */
	int64_t deadline;      /* of the next step below, in ms; 0 for none */
	enum { RUNNING, TERMINATED, KILLED } stage;
	int stopped_by; /* a signal, or 0 */
	int error;      /* of reading or writing, ends the feeding */
	int status;
};

static void
end_input(struct run *run)
{
	if (run->pipe_in < 0)
		return;
	close(run->pipe_in);
	run->pipe_in = -1;
	keeper_release(&run->keeper);
}

static void
kill_command(struct run *run, int signal)
{
	run->stage = signal == SIGKILL ? KILLED : TERMINATED;
	run->deadline = clock_ms() + KILL_AFTER_MS;
	kill(-run->pid, signal);
}

/* Kills the command first: it must not take a part for the whole. */
static void
break_off(struct run *run)
{
	run->error = errno;
	kill_command(run, SIGKILL);
	end_input(run);
}

static void
write_some(struct run *run)
{
	struct source *source = &run->source;
	int filled = source->start < source->end ? 1 : source_fill(source);
	ssize_t written;

	if (filled < 0)
		break_off(run);
	if (filled == 0)
		end_input(run);
	if (filled <= 0)
		return;
	written = write(run->pipe_in, source->buffer + source->start,
	    source->end - source->start);
	if (written < 0) {
		if (errno != EAGAIN && errno != EINTR)
			break_off(run);
		return;
	}
	source->start += (size_t)written;
	if (run->job->progress)
		run->job->progress(run->job->context, (size_t)written);
}

/* true: the command has ended. */
static bool
read_signals(struct run *run)
{
	const bool before = run->signals->stopping;
	const unsigned stops = signals_read(run->signals);
	pid_t got;

	if (stops > (before ? 0 : 1) && run->stage == RUNNING)
		kill_command(run, SIGTERM);
	got = waitpid(run->pid, &run->status, WNOHANG | WUNTRACED);
	if (got == run->pid && WIFSTOPPED(run->status)) {
		/* Nobody will continue it: it is in the background. */
		run->stopped_by = WSTOPSIG(run->status);
		kill_command(run, SIGKILL);
		return false;
	}
	if (got < 0)
		run->error = errno;
	return got != 0;
}

static int
poll_timeout(const struct run *run)
{
	int64_t left;

	if (!run->deadline)
		return -1;
	left = run->deadline - clock_ms();
	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void
feed_until_exit(struct run *run)
{
	struct pollfd polled[2] = {
	    {.fd = run->signals->fd, .events = POLLIN},
	    {.events = POLLOUT},
	};

	/* Before the first poll: its SIGCHLD may have been read already. */
	while (!read_signals(run)) {
		polled[1].fd = run->pipe_in;
		poll(polled, 2, poll_timeout(run));
		if (run->deadline && clock_ms() >= run->deadline)
			kill_command(
			    run, run->stage == RUNNING ? SIGTERM : SIGKILL);
		else if (polled[1].revents)
			write_some(run);
	}
}

static struct feed_result
result(enum feed_outcome outcome, int number)
{
	return (struct feed_result){outcome, number};
}

/* After exit 0: has it read everything? */
static struct feed_result
judge_reading(struct run *run)
{
	struct source *source = &run->source;
	int unread = 0, more = 0;

	if (ioctl(run->pipe_out, FIONREAD, &unread) < 0)
		return result(FEED_FAILED, errno);
	/* It may have ended before we could find that there is no more. */
	if (unread == 0 && run->pipe_in >= 0)
		more = source->start < source->end ? 1 : source_fill(source);
	if (more < 0)
		return result(FEED_FAILED, errno);
	return result(unread > 0 || more > 0 ? FEED_UNREAD : FEED_TAKEN, 0);
}

static struct feed_result
judge(struct run *run, bool timed_out)
{
	if (run->error)
		return result(FEED_FAILED, run->error);
	if (run->stopped_by)
		return result(FEED_STOPPED, run->stopped_by);
	if (timed_out)
		return result(FEED_TIMED_OUT, 0);
	if (WIFSIGNALED(run->status))
		return result(FEED_KILLED, WTERMSIG(run->status));
	if (WEXITSTATUS(run->status) != 0)
		return result(FEED_EXITED, WEXITSTATUS(run->status));
	return judge_reading(run);
}

/* From its start, a command ends one way or the other. */
static struct feed_result
feed_and_wait(struct run *run)
{
	struct feed_result judged;

	if (run->job->timeout)
		run->deadline = clock_ms() + (int64_t)run->job->timeout * 1000;
	if (keeper_start(&run->keeper, run->pid) < 0) {
		run->error = errno;
		kill_command(run, SIGKILL);
		close(run->pipe_in);
		run->pipe_in = -1;
	}
	feed_until_exit(run);
	judged = judge(run, run->stage != RUNNING && !run->signals->stopping);
	/* What the command left behind must not take a part for the whole. */
	if (judged.outcome != FEED_TAKEN && run->pipe_in >= 0)
		kill(-run->pid, SIGKILL);
	end_input(run);
	return judged;
}

/*
 * Our own hold on the reading end keeps what the command leaves unread
 * countable after its exit.
 */
static int
open_pipe(struct run *run)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	run->pipe_out = ends[0];
	run->pipe_in = ends[1];
	(void)fcntl(run->pipe_in, F_SETPIPE_SZ, PIPE_SIZE);
	return fcntl(run->pipe_in, F_SETFL, O_NONBLOCK);
}

struct feed_result
feed_run(const struct feed_job *job, struct signals *signals)
{
	struct run run = {.job = job,
	    .signals = signals,
	    .pid = -1,
	    .pipe_out = -1,
	    .pipe_in = -1};
	struct feed_result judged;

	if (source_open(&run.source, job->part) < 0)
		return result(FEED_NOT_RUN, errno);
	if (open_pipe(&run) == 0 &&
	    command_start(job->command, job->environment, job->umask,
		run.pipe_out, &run.pid) == 0)
		judged = feed_and_wait(&run);
	else
		judged = result(FEED_NOT_RUN, errno);
	fd_close(run.pipe_in);
	fd_close(run.pipe_out);
	source_close(&run.source);
	return judged;
}
