#include "drain/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "drain/keeper.h"

#define BUFFER_SIZE ((size_t)256 * 1024)
#define PIPE_SIZE (1 << 20)

struct run {
	const struct feed_job *job;
	struct feed_signals *signals;
	pid_t pid;
	int pipe_out, pipe_in; /* pipe_in is -1 once all is written */
	struct keeper keeper;  /* while pipe_in is open */
	int file;              /* the batch being read, or -1 */
	size_t next;           /* index of the batch after it */
	char *buffer;
	size_t start, end; /* what is in the buffer, not written yet */
	char last;         /* byte read; a batch ends with its line */
	int64_t deadline;  /* of the next step below, in ms; 0 for none */
	enum { RUNNING, TERMINATED, KILLED } stage;
	int stopped_by; /* a signal, or 0 */
	int error;      /* of reading or writing, ends the feeding */
	int status;
};

/* What is ignored at the start, as nohup has it, stays ignored. */
static void
add_unless_ignored(sigset_t *set, int signal)
{
	struct sigaction action;

	if (sigaction(signal, NULL, &action) == 0 &&
	    action.sa_handler != SIG_IGN)
		sigaddset(set, signal);
}

int
feed_signals_open(struct feed_signals *signals)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	/* Ignored, as a parent may leave it, there would be no exit status. */
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
feed_signals_read(struct feed_signals *signals)
{
	struct signalfd_siginfo info;

	while (read(signals->fd, &info, sizeof info) == sizeof info)
		if (info.ssi_signo != SIGCHLD)
			signals->stopping = true;
}

static int
spawn(struct run *run)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, standard;
	mode_t ours;
	int error;

	sigemptyset(&none);
	sigemptyset(&standard);
	sigaddset(&standard, SIGPIPE);
	/* Without it the command would read what is not for it. */
	error = posix_spawn_file_actions_init(&actions);
	if (error) {
		errno = error;
		return -1;
	}
	error = posix_spawn_file_actions_adddup2(
	    &actions, run->pipe_out, STDIN_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
						  POSIX_SPAWN_SETSIGMASK |
						  POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &standard);
	ours = umask(run->job->umask);
	if (!error)
		error = posix_spawnp(&run->pid, run->job->command[0], &actions,
		    &attributes, run->job->command, run->job->environment);
	umask(ours);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	errno = error;
	return error ? -1 : 0;
}

static void
end_input(struct run *run)
{
	if (run->pipe_in < 0)
		return;
	close(run->pipe_in);
	run->pipe_in = -1;
	keeper_release(&run->keeper);
}

/* Puts something into the empty buffer. false: there is no more, or no way. */
static bool
fill(struct run *run)
{
	ssize_t got = 0;

	while (run->file >= 0 || run->next < run->job->count) {
		if (run->file < 0) {
			run->file = batch_open(
			    run->job->folder, run->job->names[run->next++]);
			run->last = '\n';
		}
		if (run->file >= 0)
			got = read(run->file, run->buffer, BUFFER_SIZE);
		if (run->file < 0 || got < 0) {
			run->error = errno;
			return false;
		}
		run->start = 0;
		run->end = (size_t)got;
		if (got > 0) {
			run->last = run->buffer[got - 1];
			return true;
		}
		close(run->file);
		run->file = -1;
		if (run->last != '\n') {
			run->buffer[run->end++] = '\n';
			return true;
		}
	}
	return false;
}

static void
kill_command(struct run *run, int signal)
{
	run->stage = signal == SIGKILL ? KILLED : TERMINATED;
	run->deadline = clock_ms() + FEED_KILL_AFTER_MS;
	kill(-run->pid, signal);
}

static void
write_some(struct run *run)
{
	ssize_t written;

	if (run->start == run->end && !fill(run)) {
		/* It must not take a part for the whole. */
		if (run->error)
			kill_command(run, SIGKILL);
		end_input(run);
		return;
	}
	written = write(
	    run->pipe_in, run->buffer + run->start, run->end - run->start);
	if (written < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		run->error = errno;
		kill_command(run, SIGKILL);
		end_input(run);
		return;
	}
	run->start += (size_t)written;
	if (run->job->progress)
		run->job->progress(run->job->context, (size_t)written);
}

/* true: the command has ended. */
static bool
read_signals(struct run *run)
{
	bool before = run->signals->stopping;
	struct signalfd_siginfo info;
	pid_t got;

	while (read(run->signals->fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (before && run->stage == RUNNING)
			kill_command(run, SIGTERM);
		before = run->signals->stopping = true;
	}
	got = waitpid(run->pid, &run->status, WNOHANG | WUNTRACED);
	if (got == run->pid && WIFSTOPPED(run->status)) {
		/* Nobody will go on with it: it is in the background. */
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

	/* It may have ended before its SIGCHLD could be told from others. */
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
judge(struct run *run, bool timed_out)
{
	int unread = 0;

	if (run->error)
		return (struct feed_result){FEED_FAILED, (uint64_t)run->error};
	if (run->stopped_by)
		return (struct feed_result){
		    FEED_STOPPED, (uint64_t)run->stopped_by};
	if (timed_out)
		return (struct feed_result){FEED_TIMED_OUT, 0};
	if (WIFSIGNALED(run->status))
		return (struct feed_result){
		    FEED_KILLED, (uint64_t)WTERMSIG(run->status)};
	if (WEXITSTATUS(run->status) != 0)
		return (struct feed_result){
		    FEED_EXITED, (uint64_t)WEXITSTATUS(run->status)};
	if (ioctl(run->pipe_out, FIONREAD, &unread) < 0)
		return (struct feed_result){FEED_FAILED, (uint64_t)errno};
	/* It may have ended before we could find that there is no more. */
	if (unread > 0 ||
	    (run->pipe_in >= 0 && (run->start < run->end || fill(run))))
		return (struct feed_result){FEED_UNREAD, (uint64_t)unread};
	if (run->error)
		return (struct feed_result){FEED_FAILED, (uint64_t)run->error};
	return (struct feed_result){FEED_TAKEN, 0};
}

/* From here on the command ends, one way or the other. */
static void
feed_and_wait(struct run *run)
{
	if (run->job->timeout)
		run->deadline = clock_ms() + (int64_t)run->job->timeout * 1000;
	if (keeper_start(&run->keeper, run->pid) < 0) {
		run->error = errno;
		kill_command(run, SIGKILL);
		close(run->pipe_in);
		run->pipe_in = -1;
	}
	feed_until_exit(run);
}

struct feed_result
feed_run(const struct feed_job *job, struct feed_signals *signals)
{
	struct run run = {
	    .job = job, .signals = signals, .pid = -1, .file = -1};
	struct feed_result result;
	int ends[2];

	run.buffer = malloc(BUFFER_SIZE);
	if (!run.buffer)
		return (struct feed_result){FEED_NOT_RUN, ENOMEM};
	if (pipe2(ends, O_CLOEXEC) < 0) {
		free(run.buffer);
		return (struct feed_result){FEED_NOT_RUN, (uint64_t)errno};
	}
	/*
	 * Our own hold on the reading end keeps what a command leaves unread
	 * countable after its exit.
	 */
	run.pipe_out = ends[0];
	run.pipe_in = ends[1];
	(void)fcntl(run.pipe_in, F_SETPIPE_SZ, PIPE_SIZE);
	if (fcntl(run.pipe_in, F_SETFL, O_NONBLOCK) < 0 || spawn(&run) < 0) {
		result = (struct feed_result){FEED_NOT_RUN, (uint64_t)errno};
		close(run.pipe_in);
	} else {
		feed_and_wait(&run);
		result =
		    judge(&run, run.stage != RUNNING && !signals->stopping);
		/* What it has left behind must not take a part for the
		   whole. */
		if (result.outcome != FEED_TAKEN && run.pipe_in >= 0)
			kill(-run.pid, SIGKILL);
		end_input(&run);
	}
	close(run.pipe_out);
	if (run.file >= 0)
		close(run.file);
	free(run.buffer);
	return result;
}
