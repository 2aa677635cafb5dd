#include "drain/rounds.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "drain/handover.h"
#include "spool/folder.h"
#include "spool/lock.h"
#include "tool/target.h"
#include "tool/tool.h"

#define LONGEST_PAUSE 60 /* seconds between two looks of a follower */

static void
say_not_locked(const struct target *target, pid_t holder)
{
	if (errno == EAGAIN && holder > 0)
		say("%s: process %ld is draining it already", target->name,
		    (long)holder);
	else
		say("%s: cannot lock its file lock: %s", target->name,
		    lock_strerror(errno));
}

/* A turn of a campaign. */
static enum handover_end
locked_turn(
    struct rounds *rounds, const struct target *target, int new, char *passed)
{
	const struct handover handover = {
	    .users = rounds->users,
	    .timeout = rounds->timeout,
	    .keep = rounds->keep,
	    .command = rounds->command,
	    .signals = &rounds->signals,
	    .progress = &rounds->progress,
	    .name = target->name,
	    .folder = target->folder,
	    .new = new,
	    .passed = passed,
	};
	enum handover_end end;
	pid_t holder = 0;
	int lock;

	lock = lock_campaign(target->folder, &holder);
	/* A follower looks again later: the other one may leave something. */
	if (lock < 0 && errno == EAGAIN && rounds->quiet)
		return rounds->follow ? HANDOVER_TRY_LATER : HANDOVER_DONE;
	if (lock < 0) {
		say_not_locked(target, holder);
		return HANDOVER_TRY_LATER;
	}
	end = handover_turn(&handover);
	close(lock);
	return end;
}

static enum handover_end
open_turn(struct rounds *rounds, const struct target *target, char *passed)
{
	int new = folder_open(target->folder, "new");
	enum handover_end end;

	if (new < 0 && errno == ENOENT)
		return HANDOVER_DONE;
	if (new < 0) {
		say("%s: cannot open new/: %s", target->name, strerror(errno));
		return HANDOVER_TRY_LATER;
	}
	end = locked_turn(rounds, target, new, passed);
	close(new);
	return end;
}

/* Takes note of what inotify refused, with errno. */
static void
note_unwatched(struct rounds *rounds, const char *path)
{
	rounds->unwatched = true;
	if (!rounds->said_that)
		say("cannot watch all of %s, so it is looked at from time "
		    "to time: %s",
		    path, strerror(errno));
	rounds->said_that = true;
}

static void
turn_of(struct rounds *rounds, size_t path, const struct targets *targets,
    size_t index)
{
	enum handover_end end = HANDOVER_TRY_LATER;
	struct target target;
	const char *before =
	    backoff_passed(&rounds->backoff, path, targets->names[index]);
	batch_name passed;

	memcpy(passed, before, strlen(before) + 1);
	switch (target_open(targets, index, &target)) {
	case TARGET_NONE:
		return;
	case TARGET_OPEN:
		if (rounds->follow &&
		    watch_campaign(&rounds->watch, target.folder) < 0)
			note_unwatched(rounds, rounds->paths[path]);
		end = open_turn(rounds, &target, passed);
		target_close(&target);
		break;
	case TARGET_CLOSED:
		break;
	}
	rounds->more |= end == HANDOVER_MORE;
	if (end == HANDOVER_MORE && *passed)
		backoff_pass(&rounds->backoff, path, target.name, passed);
	else
		backoff_note(&rounds->backoff, path, target.name,
		    end != HANDOVER_TRY_LATER);
	if ((end == HANDOVER_TRY_LATER || *passed) && rounds->status == EX_OK)
		rounds->status = EX_TEMPFAIL;
}

/* What was there once and is there still, but cannot be opened, may come back.
 */
static void
note_closed_path(struct rounds *rounds, int error)
{
	if (!rounds->under_way || error == EX_NOINPUT)
		rounds->status = error;
	else if (rounds->status == EX_OK)
		rounds->status = EX_TEMPFAIL;
}

static void
round_of(struct rounds *rounds, size_t path)
{
	struct targets targets;
	size_t i;
	int error;

	if (rounds->follow &&
	    watch_path(&rounds->watch, rounds->paths[path]) < 0)
		note_unwatched(rounds, rounds->paths[path]);
	error = targets_open(rounds->paths[path], &targets);
	backoff_note(&rounds->backoff, path, "", error == EX_OK);
	if (error != EX_OK) {
		note_closed_path(rounds, error);
		return;
	}
	for (i = 0; i < targets.count && !rounds->signals.stopping; i++)
		if (backoff_is_due(&rounds->backoff, path, targets.names[i]))
			turn_of(rounds, path, &targets, i);
	targets_free(&targets);
}

/* A turn of each campaign. */
static void
one_round(struct rounds *rounds)
{
	size_t i;

	rounds->more = rounds->unwatched = false;
	for (i = 0; i < rounds->path_count && !rounds->signals.stopping; i++)
		if (backoff_is_due(&rounds->backoff, i, ""))
			round_of(rounds, i);
}

static void
until_nothing_is_left(struct rounds *rounds)
{
	rounds->backoff.for_good = true;
	do
		one_round(rounds);
	while (rounds->more && !rounds->signals.stopping);
}

/*
 * ms until the next look. No event tells of what cannot be watched: that is
 * looked at like a campaign that fails, see backoff.h. Nor does one tell of
 * what another host does on a network file system, or of a folder further up
 * that is moved away.
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

/* Ends with a signal, or when a folder that was named is not there. */
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
		/* The command's end is not what is waited for. */
		signals_read(&rounds->signals);
		if (rounds->signals.stopping)
			break;
		watch_wait(
		    &rounds->watch, rounds->signals.fd, pause_ms(rounds));
		signals_read(&rounds->signals);
		if (rounds->signals.stopping)
			break;
	}
	rounds->status = EX_OK;
}

int
rounds_run(struct rounds *rounds)
{
	if (signals_open(&rounds->signals) < 0)
		return say_fail(
		    EX_OSERR, "cannot handle signals: %s", strerror(errno));
	if (rounds->follow && watch_open(&rounds->watch) < 0)
		return say_fail(
		    EX_OSERR, "cannot watch folders: %s", strerror(errno));
	progress_start(&rounds->progress);
	if (rounds->follow) {
		follow(rounds);
		watch_close(&rounds->watch);
	} else
		until_nothing_is_left(rounds);
	progress_end(&rounds->progress);
	backoff_free(&rounds->backoff);
	signals_close(&rounds->signals);
	return rounds->status;
}
