#include "send/look.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/say.h"
#include "tool/tool.h"

/* So many profiles, or for so long, before POSTs are looked after. */
#define TURN 256
#define TURN_MS 50

#define SAID_INVALID 10 /* of invalid profiles, so many are named */

static void
say_invalid(struct look *look, const struct profile *profile)
{
	look->tally->invalid++;
	if (look->tally->invalid > SAID_INVALID)
		return;
	meter_clear(look->meter);
	if (profile->fault.position == USER_NO_POSITION)
		say("%s:%" PRIu64 ": %s", profile->file, profile->line,
		    profile->fault.what);
	else
		say("%s:%" PRIu64 ": %s, near byte %zu", profile->file,
		    profile->line, profile->fault.what,
		    profile->fault.position);
	if (look->tally->invalid == SAID_INVALID)
		say("further invalid profiles are only counted");
}

/* The other files are read all the same. */
static void
say_unreadable(struct look *look, const struct profile *profile)
{
	const int error = errno;

	meter_clear(look->meter);
	say("cannot read %s: %s", profile->file, strerror(error));
	if (look->unreadable == EX_OK)
		look->unreadable = tool_status_of(error);
}

/* Whether no more profiles are read: there are none, or something failed. */
static bool
is_at_end(const struct look *look)
{
	return look->at_end || look->gather->status != EX_OK;
}

/* Whether a profile could be looked at now. */
static bool
has_room(const struct look *look)
{
	return !is_at_end(look) && !*look->stop &&
	       gather_has_room(look->gather);
}

/* The next profile. Returns true when there is none to read for now. */
static bool
look_at_one(struct look *look)
{
	struct profile profile;

	switch (profiles_next(look->profiles, &profile)) {
	case PROFILES_ONE:
		look->tally->profiles++;
		gather_take(look->gather, &profile);
		break;
	case PROFILES_INVALID:
		look->tally->profiles++;
		say_invalid(look, &profile);
		break;
	case PROFILES_NONE:
		break;
	case PROFILES_WAIT:
		return true;
	case PROFILES_END:
		look->at_end = true;
		break;
	case PROFILES_UNREADABLE:
		say_unreadable(look, &profile);
		break;
	case PROFILES_NO_MEMORY:
		gather_fail_without_memory(look->gather);
		break;
	}
	return false;
}

/* As many as fit, up to a turn. Returns as look_at_one. */
static bool
look_at_some(struct look *look)
{
	const int64_t end = clock_ms() + TURN_MS;
	bool waits = false;
	int turn;

	for (turn = 0;
	     turn < TURN && !waits && has_room(look) && clock_ms() < end;
	     turn++)
		waits = look_at_one(look);
	return waits;
}

static void
draw(struct look *look)
{
	const uint64_t elapsed = meter_elapsed_ms(look->meter);
	const struct tally *tally = look->tally;
	double share;
	char left[32] = "";

	if (!meter_is_due(look->meter))
		return;
	share = profiles_share(look->profiles);
	share = ((double)look->looks + share) / (double)look->options->repeat;
	if (share > 0 && look->options->watch_s == 0) {
		uint64_t seconds =
		    (uint64_t)((double)elapsed * (1 / share - 1) / 1000);

		snprintf(left, sizeof left, ", %" PRIu64 ":%02" PRIu64 " left",
		    seconds / 60, seconds % 60);
	}
	meter_draw(look->meter,
	    "%" PRIu64 " matched, %" PRIu64 " delivered, %" PRIu64
	    " failed, %" PRIu64 " a second%s",
	    tally->matched, tally->delivered, tally->left,
	    tally->delivered * 1000 / elapsed, left);
}

/* At once, since what is left is still counted. */
static void
say_if_down(struct look *look)
{
	if (!look->delivery->down || look->down_said)
		return;
	look->down_said = true;
	meter_clear(look->meter);
	say("%d POSTs in a row were given up: nothing more is sent%s",
	    DELIVERY_DOWN, look->options->watch_s > 0 ? " in this look" : "");
}

/* Nothing new is begun any more; what is in flight is waited for. */
static void
heed_signal(struct look *look)
{
	if (*look->stop)
		look->delivery->stopping = look->at_end = true;
}

/*
 * A turn of POSTs. A signal that comes between the look at `stop` and
 * the waiting ends the waiting.
 */
static void
work(struct look *look, int ms, int fd)
{
	sigset_t before;

	if (look->meter->shown && (ms < 0 || ms > METER_MS))
		ms = METER_MS;
	sigprocmask(SIG_BLOCK, &look->signals, &before);
	heed_signal(look);
	if (!*look->stop || delivery_is_busy(look->delivery))
		delivery_work(look->delivery, ms, fd, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (look->delivery->failed)
		gather_fail_without_memory(look->gather);
	gather_settle(look->gather);
	say_if_down(look);
	/* What waits for a slot goes out before more is gathered. */
	delivery_start(look->delivery);
	draw(look);
}

/* Once more from the start, as --repeat wants it. POSTs go on meanwhile. */
static void
start_over(struct look *look)
{
	if (!look->at_end || look->delivery->stopping ||
	    look->looks + 1 >= look->options->repeat)
		return;
	profiles_rewind(look->profiles);
	look->looks++;
	look->at_end = false;
}

void
look_through(struct look *look)
{
	bool waits;

	look->at_end = false;
	for (;;) {
		waits = look_at_some(look);
		heed_signal(look);
		if (is_at_end(look) || look->delivery->stopping)
			gather_finish(look->gather);
		start_over(look);
		if (is_at_end(look) && !delivery_is_busy(look->delivery))
			break;
		/* While there is more to read, POSTs are but looked after. */
		work(look, has_room(look) && !waits ? 0 : -1,
		    waits ? look->profiles->fd : -1);
	}
	/* What was given up without being started. */
	gather_settle(look->gather);
}

static void
wait_for_next_look(struct look *look, int64_t until)
{
	int64_t now = clock_ms();

	while (!*look->stop && now < until) {
		work(look, (int)(until - now), -1);
		now = clock_ms();
	}
}

/* What a look found wrong does not stop the next one. */
void
look_watch(struct look *look)
{
	const int64_t pause = (int64_t)look->options->watch_s * 1000;
	int64_t started = clock_ms();

	look_through(look);
	while (!*look->stop && look->gather->status == EX_OK) {
		look->down_said = false;
		look->delivery->stopping = look->delivery->down = false;
		look->delivery->given_up_in_a_row = 0;
		wait_for_next_look(look, started + pause);
		if (*look->stop)
			break;
		started = clock_ms();
		look->unreadable = EX_OK;
		tally_look_again(look->tally);
		profiles_rewind(look->profiles);
		look_through(look);
	}
}

void
look_rehearse(struct look *look)
{
	struct pollfd input = {.events = POLLIN};
	sigset_t before;

	while (!is_at_end(look) && !*look->stop && !ferror(stdout)) {
		if (!look_at_one(look))
			continue;
		fflush(stdout);
		input.fd = look->profiles->fd;
		sigprocmask(SIG_BLOCK, &look->signals, &before);
		if (!*look->stop)
			ppoll(&input, 1, NULL, &before);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
}
