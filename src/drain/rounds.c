#include "drain/rounds.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/fd.h"
#include "drain/backoff.h"
#include "drain/handover.h"
#include "spool/folder.h"
#include "spool/lock.h"
#include "tool/target.h"

#define LONGEST_PAUSE 60 /* seconds between two rounds of a follower */

struct rounds {
	const struct drain_options *options;
	struct signals *signals;
	struct watch *watch;
	struct progress progress;
	struct messages messages;
	struct runs runs; /* of the path at hand */
	struct backoff backoff;
	size_t refused; /* users that went to failed/ */
	bool more;      /* the last round may have left something */
	int status;     /* what to exit with */
	/* when following */
	bool under_way;          /* each named path was opened once */
	bool unwatched;          /* the last round could not watch all */
	bool reported_unwatched; /* ... which is reported once */
	int pause;               /* ... and makes the pause so many seconds */
};

/* After lock_campaign failed, with its errno. */
static enum handover_end
not_locked(struct rounds *rounds, const struct target *target, pid_t holder)
{
	/* A follower tries again later: the other one may leave something. */
	if (errno == EAGAIN && rounds->options->quiet)
		return rounds->options->follow ? HANDOVER_TRY_LATER
					       : HANDOVER_DONE;
	messages_not_locked(&rounds->messages, target->name, holder);
	return HANDOVER_TRY_LATER;
}

/* A turn of one campaign; UNREADABLE as in handover.h. */
static enum handover_end
turn(struct rounds *rounds, const struct target *target, char *unreadable)
{
	struct head head;
	const struct handover handover = {
	    .options = rounds->options,
	    .signals = rounds->signals,
	    .progress = &rounds->progress,
	    .messages = &rounds->messages,
	    .name = target->name,
	    .folder = target->folder,
	    .new = folder_open(target->folder, "new"),
	    .unreadable = unreadable,
	    .refused = &rounds->refused,
	    .head = &head,
	    .runs = &rounds->runs,
	};
	enum handover_end end = HANDOVER_TRY_LATER;
	pid_t holder = 0;
	int lock = -1;

	if (handover.new < 0 && errno == ENOENT)
		return HANDOVER_DONE;
	if (handover.new < 0)
		messages_cannot(
		    &rounds->messages, target->name, "open", "new/");
	else if ((lock = lock_campaign(target->folder, &holder)) < 0)
		end = not_locked(rounds, target, holder);
	else {
		head_read(&head, lock);
		end = handover_turn(&handover);
	}
	fd_close(lock);
	fd_close(handover.new);
	return end;
}

/* After inotify refused, with errno. */
static void
note_unwatched(struct rounds *rounds, const char *path)
{
	rounds->unwatched = true;
	if (!rounds->reported_unwatched)
		messages_not_watched(&rounds->messages, path);
	rounds->reported_unwatched = true;
}

static void
note_end(struct rounds *rounds, size_t path, const char *name,
    enum handover_end end, const char *unreadable)
{
	rounds->more |= end == HANDOVER_MORE;
	if (end == HANDOVER_MORE && *unreadable)
		backoff_note_unreadable(
		    &rounds->backoff, path, name, unreadable);
	else
		backoff_note(
		    &rounds->backoff, path, name, end != HANDOVER_TRY_LATER);
	if ((end == HANDOVER_TRY_LATER || *unreadable) &&
	    rounds->status == EX_OK)
		rounds->status = EX_TEMPFAIL;
}

static void
turn_of(struct rounds *rounds, size_t path, const struct targets *targets,
    size_t index)
{
	enum handover_end end = HANDOVER_TRY_LATER;
	struct target target;
	batch_name unreadable;

	backoff_unreadable(
	    &rounds->backoff, path, targets->names[index], unreadable);
	switch (target_open(targets, index, &target)) {
	case TARGET_NONE:
		return;
	case TARGET_OPEN:
		if (rounds->options->follow &&
		    watch_campaign(rounds->watch, target.folder) < 0)
			note_unwatched(rounds, rounds->options->paths[path]);
		end = turn(rounds, &target, unreadable);
		target_close(&target);
		break;
	case TARGET_CLOSED:
		messages_not_opened(&rounds->messages, target.name);
		break;
	}
	note_end(rounds, path, target.name, end, unreadable);
}

/* A path that was open before, and is not gone, may open again later. */
static void
note_closed_path(struct rounds *rounds, const struct target_fault *fault)
{
	messages_fault(&rounds->messages, fault->text);
	if (!rounds->under_way || fault->status == EX_NOINPUT)
		rounds->status = fault->status;
	else if (rounds->status == EX_OK)
		rounds->status = EX_TEMPFAIL;
}

static void
round_of(struct rounds *rounds, size_t path)
{
	const char *name = rounds->options->paths[path];
	struct target_fault fault = {0};
	struct targets targets;
	size_t i;
	bool opened;

	if (rounds->options->follow && watch_path(rounds->watch, name) < 0)
		note_unwatched(rounds, name);
	opened = targets_open(name, &targets, &fault) == 0;
	backoff_note(&rounds->backoff, path, "", opened);
	if (!opened) {
		note_closed_path(rounds, &fault);
		return;
	}
	runs_open(&rounds->runs, &targets, rounds->options->command[0]);
	for (i = 0; i < targets.count && !rounds->signals->stopping; i++)
		if (backoff_is_due(&rounds->backoff, path, targets.names[i]))
			turn_of(rounds, path, &targets, i);
	runs_close(&rounds->runs);
	targets_free(&targets);
}

/* A turn of each campaign. */
static void
one_round(struct rounds *rounds)
{
	size_t i;

	rounds->more = rounds->unwatched = false;
	for (i = 0;
	     i < rounds->options->path_count && !rounds->signals->stopping; i++)
		if (backoff_is_due(&rounds->backoff, i, ""))
			round_of(rounds, i);
}

static void
until_nothing_is_left(struct rounds *rounds)
{
	rounds->backoff.for_good = true;
	do
		one_round(rounds);
	while (rounds->more && !rounds->signals->stopping);
}

/*
 * ms until the next round. Without a watch there are no events, so the pause
 * grows like that of a campaign that fails (backoff.h). It has an end even with
 * all watches: no event tells what another host does on a network file system,
 * or that a folder further up is moved away.
 */
static int
pause_ms(struct rounds *rounds)
{
	int ms = backoff_ms(&rounds->backoff), pause = LONGEST_PAUSE;

	if (rounds->more)
		return 0;
	if (!rounds->unwatched)
		rounds->pause = 0;
	else
		pause = rounds->pause = rounds->pause == 0 ? 1
					: rounds->pause > LONGEST_PAUSE / 2
					    ? LONGEST_PAUSE
					    : rounds->pause * 2;
	return ms < 0 || ms > pause * 1000 ? pause * 1000 : ms;
}

/* Ends with a signal, or when a named folder is missing. */
static void
follow(struct rounds *rounds)
{
	int64_t started;

	for (;;) {
		started = clock_ms();
		rounds->status = EX_OK;
		one_round(rounds);
		backoff_forget_gone(&rounds->backoff, started);
		if (rounds->status != EX_OK && rounds->status != EX_TEMPFAIL)
			return;
		rounds->under_way = true;
		/* Take the SIGCHLD of the round: no reason to wake up. */
		signals_read(rounds->signals);
		if (rounds->signals->stopping)
			break;
		watch_wait(
		    rounds->watch, rounds->signals->fd, pause_ms(rounds));
		signals_read(rounds->signals);
		if (rounds->signals->stopping)
			break;
	}
	rounds->status = EX_OK;
}

int
rounds_run(const struct drain_options *options, struct signals *signals,
    struct watch *watch)
{
	struct rounds rounds = {.options = options,
	    .signals = signals,
	    .watch = watch,
	    .backoff = {.longest = options->pause},
	    .messages = {options, &rounds.progress}};

	progress_start(&rounds.progress);
	if (options->follow)
		follow(&rounds);
	else
		until_nothing_is_left(&rounds);
	progress_end(&rounds.progress);
	backoff_free(&rounds.backoff);
	if (rounds.status == EX_OK && rounds.refused > 0 && !options->follow)
		return EX_DATAERR;
	return rounds.status;
}
