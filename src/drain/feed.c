#include "drain/feed.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "drain/command.h"
#include "drain/input.h"
#include "drain/keeper.h"
#include "drain/source.h"

#define KILL_AFTER_MS 5000 /* from SIGTERM to SIGKILL */

struct run {
	const struct feed_job *job;
	struct signals *signals;
	struct source *source;
	pid_t pid;
	struct input input;
	struct keeper keeper; /* while input.in is open */
	int64_t deadline;     /* of the next step below, in ms; 0 for none */
	enum { RUNNING, TERMINATED, KILLED } stage;
	int stopped_by; /* a signal, or 0 */
	int error;      /* of reading or writing, ends the feeding */
	int status;
};

static void
end_input(struct run *run)
{
	if (run->input.in < 0)
		return;
	close(run->input.in);
	run->input.in = -1;
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

/* Only when the command has read all that is before it. */
static bool
may_have_last_line(struct run *run)
{
	int is_read = input_is_read(&run->input);

	if (is_read < 0)
		break_off(run);
	if (is_read > 0)
		source_release(run->source);
	return is_read > 0;
}

/* As source_fill, if the piece is used up to what is held back. */
static int
fill(struct source *source)
{
	return source->start < source->last || source->direct > 0
		   ? 1
		   : source_fill(source);
}

/* As write(2). */
static ssize_t
write_piece(struct run *run)
{
	struct source *source = run->source;
	ssize_t written;

	if (source->start == source->end)
		return source_splice(source, run->input.in);
	written = write(run->input.in, source->buffer + source->start,
	    source->last - source->start);
	if (written > 0)
		source->start += (size_t)written;
	return written;
}

static void
write_some(struct run *run)
{
	struct source *source = run->source;
	int filled = fill(source);
	ssize_t written;

	if (filled < 0)
		break_off(run);
	if (filled == 0)
		end_input(run);
	if (filled <= 0)
		return;
	if (source->start == source->last && source->direct == 0 &&
	    !may_have_last_line(run))
		return;
	written = write_piece(run);
	if (written < 0 && errno != EAGAIN && errno != EINTR)
		break_off(run);
	if (written > 0 && run->job->progress)
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

/* Waits for a signal, and for the pipe: true if it is time to write. */
static bool
wait_for_input(const struct run *run, bool *signalled)
{
	struct pollfd polled[2] = {
	    {.fd = run->signals->fd, .events = POLLIN},
	    {.fd = run->input.pause ? -1 : run->input.in, .events = POLLOUT},
	};
	int64_t left = run->input.pause;
	struct timespec time;

	if (run->deadline && !run->input.pause) {
		left = (run->deadline - clock_ms()) * 1000000;
		left = left < 0 ? 0 : left;
	}
	time.tv_sec = left / 1000000000;
	time.tv_nsec = (long)(left % 1000000000);
	ppoll(
	    polled, 2, run->input.pause || run->deadline ? &time : NULL, NULL);
	*signalled = polled[0].revents != 0;
	return polled[1].revents || (run->input.pause && !polled[0].revents);
}

static void
feed_until_exit(struct run *run)
{
	bool ready, signalled = true;

	/* Before the first poll: its SIGCHLD may have been read already. */
	while (!signalled || !read_signals(run)) {
		ready = wait_for_input(run, &signalled);
		if (run->deadline && clock_ms() >= run->deadline)
			kill_command(
			    run, run->stage == RUNNING ? SIGTERM : SIGKILL);
		else if (ready && run->input.in >= 0)
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
	int is_read = input_is_read(&run->input), more = 0;

	/* It may have ended before we could find that there is no more. */
	if (is_read > 0 && run->input.in >= 0)
		more = fill(run->source);
	if (is_read < 0 || more < 0)
		return result(FEED_FAILED, errno);
	return result(is_read == 0 || more > 0 ? FEED_UNREAD : FEED_TAKEN, 0);
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
		close(run->input.in);
		run->input.in = -1;
	}
	if (run->input.in >= 0)
		input_fit(&run->input, run->source->ended
					   ? run->source->last
					   : source_estimate(run->source));
	feed_until_exit(run);
	judged = judge(run, run->stage != RUNNING && !run->signals->stopping);
	/* What the command left behind must not take a part for the whole. */
	if (judged.outcome != FEED_TAKEN && run->input.in >= 0)
		kill(-run->pid, SIGKILL);
	end_input(run);
	return judged;
}

struct feed_result
feed_run(const struct feed_job *job, struct signals *signals)
{
	struct run run = {
	    .job = job, .signals = signals, .source = job->source, .pid = -1};
	struct feed_result judged;

	if (input_open(&run.input) == 0 &&
	    command_start(job->command, job->environment, job->umask,
		run.input.out, &run.pid) == 0)
		judged = feed_and_wait(&run);
	else
		judged = result(FEED_NOT_RUN, errno);
	input_close(&run.input);
	return judged;
}
