#include "send/fill.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "send/failure.h"
#include "send/notice.h"
#include "send/stop.h"
#include "tool/tool.h"

/* Read at most this many profiles, or for this long, before attending to the
   POSTs. */
#define TURN 256
#define TURN_MS 50

#define DRY_RUN_POST 1 /* claims all users of a dry run, to its end */

/* The next profile. Reports what is wrong, and notes the end of the pass. */
static enum reading
fill_next(struct send *send, uint64_t post, struct profile *profile)
{
	struct recipients *recipients = &send->recipients;
	enum reading status = recipients_next(recipients, post, profile);

	switch (status) {
	case READING_ONE:
	case READING_NONE:
	case READING_WAIT:
		break;
	case READING_INVALID:
		notice_invalid(
		    &send->meter, profile, recipients->counts.invalid);
		break;
	case READING_UNREADABLE:
		if (send->unreadable == EX_OK)
			send->unreadable = tool_status_of(errno);
		notice(&send->meter, "cannot read %s: %s", profile->file,
		    strerror(errno));
		break;
	case READING_END:
		send->at_end = true;
		break;
	case READING_NO_MEMORY:
		failure_of_memory(send);
		break;
	case READING_FAILED:
		failure_to_remember(send);
		break;
	}
	return status;
}

/* When the outbox is closed, users are only counted, which needs no room. */
static bool
is_counting(const struct send *send)
{
	return send->outbox.state != OUTBOX_OPEN;
}

bool
fill_wants(const struct send *send)
{
	return !send->at_end && !stop_is_asked() &&
	       (is_counting(send) || outbox_wants(&send->outbox));
}

static enum reading
take_one(struct send *send)
{
	struct outbox *outbox = &send->outbox;
	const uint64_t post =
	    is_counting(send) ? RECIPIENTS_NO_POST : outbox_next_post(outbox);
	struct profile profile;
	enum reading status;

	if (send->sync.snapshot) {
		sync_take_page(send);
		return READING_ONE;
	}
	status = fill_next(send, post, &profile);
	if (status != READING_ONE)
		return status;
	send->put_at = clock_ms();
	if (post == RECIPIENTS_NO_POST) {
		send->tally.left++;
	} else if (outbox_put(outbox, profile.text, profile.size) < 0) {
		send->tally.left++;
		failure_of_memory(send);
	}
	return status;
}

bool
fill_turn(struct send *send)
{
	const int64_t end = clock_ms() + TURN_MS;
	bool waits = false;
	int turn;

	for (turn = 0;
	     turn < TURN && !waits && fill_wants(send) && clock_ms() < end;
	     turn++)
		waits = take_one(send) == READING_WAIT;
	return waits;
}

void
fill_end(struct send *send)
{
	if (outbox_seal(&send->outbox) < 0)
		failure_of_memory(send);
}

/* A line without its end that the pipe has left so for SEND_QUIET_MS is taken
   if it is a whole profile. ms until then; -1: there is none. */
static int64_t
take_when_quiet(struct send *send)
{
	struct profiles *profiles = &send->recipients.profiles;
	uint64_t read = profiles->lines.taken;
	size_t ahead;
	int64_t ms;

	(void)lines_ahead(&profiles->lines, &ahead);
	read += ahead;
	if (read != send->read) {
		send->read = read;
		send->read_at = clock_ms();
	}
	if (ahead == 0 || send->read_at == 0 || !fill_wants(send))
		return -1;
	ms = send->read_at + SEND_QUIET_MS - clock_ms();
	if (ms > 0)
		return ms;
	profiles->is_quiet = true;
	if (take_one(send) == READING_ONE)
		send->put_at = send->read_at;
	profiles->is_quiet = false;
	send->read_at = 0;
	return -1;
}

int64_t
fill_end_when_quiet(struct send *send)
{
	const int64_t line_ms = take_when_quiet(send);
	int64_t ms;

	if (!outbox_could_send_part(&send->outbox))
		return line_ms;
	ms = send->put_at + SEND_QUIET_MS - clock_ms();
	if (ms > 0)
		return line_ms >= 0 && line_ms < ms ? line_ms : ms;
	fill_end(send);
	return line_ms;
}

void
fill_all(struct send *send, uint64_t post,
    void (*take)(struct send *send, const struct profile *profile))
{
	struct pollfd waits[] = {
	    {.events = POLLIN}, {.fd = send->stop_fd, .events = POLLIN}};
	struct profile profile;

	while (!send->at_end && !stop_is_asked()) {
		switch (fill_next(send, post, &profile)) {
		case READING_ONE:
			take(send, &profile);
			break;
		case READING_WAIT:
			fflush(stdout);
			waits[0].fd = send->recipients.profiles.lines.fd;
			poll(waits, sizeof waits / sizeof *waits, -1);
			break;
		default:
			break;
		}
	}
}

static void
print_one(struct send *send, const struct profile *profile)
{
	fwrite(profile->text, 1, profile->size, stdout);
	putchar('\n');
	send->tally.delivered++;
	send->at_end |= ferror(stdout) != 0;
}

uint64_t
fill_dry_run(struct send *send)
{
	fill_all(send, DRY_RUN_POST, print_one);
	return send->tally.delivered;
}
