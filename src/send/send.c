#include "send/send.h"

#include <sysexits.h>

#include "base/clock.h"
#include "send/failure.h"
#include "send/fill.h"
#include "send/notice.h"
#include "send/stop.h"
#include "send/waiting.h"

/* At once: counting those who are left may take a while. */
static void
say_if_down(struct send *send)
{
	const enum outbox_state state = send->outbox.state;
	const char *when = send->options->watch_s > 0 ? " in this pass" : "";

	if (send->down_said || send->sync.snapshot)
		return;
	send->down_said = state == OUTBOX_DOWN || state == OUTBOX_UNUSABLE;
	if (state == OUTBOX_DOWN)
		notice(&send->meter,
		    "%d POSTs in a row were given up: nothing more is sent%s",
		    OUTBOX_DOWN_AFTER, when);
	else if (state == OUTBOX_UNUSABLE)
		notice(&send->meter,
		    "no POST can get through: nothing more is sent%s", when);
}

/* What has ended is remembered before anything else is started. */
static void
settle_ends(struct send *send)
{
	struct outbox *outbox = &send->outbox;
	const struct post *post;
	bool is_delivered;
	int result = 0;

	while ((post = outbox_next_end(outbox, &is_delivered))) {
		tally_note_end(&send->tally, post, is_delivered);
		if (!is_delivered && post->attempts > 0 && !stop_is_asked())
			notice_given_up(
			    &send->meter, post, send->options->verbose);
		if (send->sync.snapshot)
			sync_note_end(send, post, is_delivered);
		else if (result == 0)
			result = recipients_settle(
			    &send->recipients, post->number, is_delivered);
	}
	if (result < 0 || recipients_commit(&send->recipients) < 0)
		failure_to_remember(send);
}

static void
send_settle(struct send *send)
{
	struct outbox *outbox = &send->outbox;
	struct client_answer answer;
	const struct post *post;

	while ((post = outbox_next_answer(outbox, &answer))) {
		tally_note_answer(&send->tally, post, &answer);
		if (send->options->verbose)
			notice_answer(&send->meter, post, &answer);
	}
	if (outbox->state == OUTBOX_FAILED)
		failure_of_memory(send);
	settle_ends(send);
	say_if_down(send);
}

/* PASS_MS as waiting_describe takes it; READS too. */
static void
draw_meter(struct send *send, bool reads, int64_t pass_ms)
{
	const struct send_options *options = send->options;
	char waits[WAITING_MAX];
	double share;

	if (!meter_is_due(&send->meter))
		return;
	share = ((double)send->rounds +
		    profiles_share(&send->recipients.profiles)) /
		(double)options->repeat;
	waiting_describe(send, reads, pass_ms, waits);
	notice_progress(&send->meter, &send->tally,
	    send->recipients.counts.matched, options->watch_s > 0 ? -1 : share,
	    waits);
}

static void
heed_stop(struct send *send)
{
	if (!stop_is_asked())
		return;
	outbox_stop(&send->outbox);
	send->at_end = true;
}

/* Works on POSTs until one is answered, FD is readable, or MS have passed,
   which are those until the next pass when IS_PAUSE. */
static void
send_work(struct send *send, int64_t ms, int fd, bool is_pause)
{
	const int64_t pass_ms = is_pause ? ms : -1;
	int fds[CLIENT_FDS] = {fd, send->stop_fd};

	if (send->meter.shown && (ms < 0 || ms > METER_MS))
		ms = METER_MS;
	heed_stop(send);
	/* It stays readable, and would end each wait. */
	if (stop_is_asked())
		fds[1] = -1;
	if (!stop_is_asked() || outbox_is_busy(&send->outbox))
		outbox_work(&send->outbox, ms, fds, CLIENT_FDS);
	send_settle(send);
	/* What waits for a slot goes out before more profiles are read. */
	outbox_start(&send->outbox);
	draw_meter(send, fd >= 0, pass_ms);
}

/* Once more from the start, for --repeat; POSTs go on meanwhile. */
static void
start_over(struct send *send)
{
	if (send->outbox.state != OUTBOX_OPEN ||
	    send->rounds + 1 >= send->options->repeat)
		return;
	profiles_rewind(&send->recipients.profiles);
	send->rounds++;
	send->at_end = false;
}

/* Through all profiles, to the last answer. */
static void
send_pass(struct send *send)
{
	int64_t ms;
	bool waits;

	send->at_end = false;
	for (;;) {
		waits = fill_turn(send);
		heed_stop(send);
		if (send->at_end) {
			fill_end(send);
			start_over(send);
		}
		if (send->at_end && !outbox_is_busy(&send->outbox))
			break;
		/* While there is more to read, nothing is waited for. */
		ms = fill_wants(send) ? 0 : -1;
		if (waits)
			ms = fill_end_when_quiet(send);
		send_work(send, ms,
		    waits ? send->recipients.profiles.lines.fd : -1, false);
	}
	/* POSTs that were given up without an attempt. */
	send_settle(send);
}

static void
send_pass_or_sync(struct send *send)
{
	if (!send->sync.snapshot) {
		send_pass(send);
	} else if (sync_begin(send)) {
		send_pass(send);
		sync_end(send);
	}
}

static void
start_next_pass(struct send *send)
{
	send->unreadable = EX_OK;
	send->at_end = false;
	send->tally.passes++;
	send->tally.left = 0;
	send->recipients.counts = (struct recipients_counts){0};
	profiles_rewind(&send->recipients.profiles);
}

/* What a pass found wrong does not stop the next one. */
static void
send_watch(struct send *send)
{
	const int64_t pause = (int64_t)send->options->watch_s * 1000;
	int64_t until, now;

	for (;;) {
		until = clock_ms() + pause;
		send_pass_or_sync(send);
		if (stop_is_asked() || send->status != EX_OK)
			return;
		send->down_said = false;
		outbox_resume(&send->outbox);
		while ((now = clock_ms()) < until && !stop_is_asked())
			send_work(send, until - now, -1, true);
		if (stop_is_asked() || send->status != EX_OK)
			return;
		start_next_pass(send);
	}
}

void
send_run(struct send *send)
{
	if (send->options->watch_s > 0)
		send_watch(send);
	else
		send_pass_or_sync(send);
}
