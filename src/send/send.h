/*
 * send.h: one run: users from the recipients into the outbox, until both are
 * through. It ends earlier after stop.h's signals, and when it cannot go on:
 * no attempt is started then, and what is in flight is waited for.
 *
 * Users from a slow pipe do not wait for others: a part of a POST goes out when
 * the pipe is idle and no user has come for SEND_QUIET_MS.
 *
 * Invalid profiles, files that cannot be read and an endpoint that is down are
 * reported, and do not end it.
 */
#ifndef SEND_H
#define SEND_H

#include "send/outbox.h"
#include "send/recipients.h"
#include "send/send_options.h"
#include "send/tally.h"
#include "tool/meter.h"

#define SEND_QUIET_MS 1000

struct send {
	const struct send_options *options;
	struct recipients recipients;
	struct outbox outbox; /* zeros in a dry run */
	int stop_fd;          /* of stop_open */

	struct tally tally;
	struct meter meter;
	int status;     /* EX_OK, or what to exit with for what ended it */
	int unreadable; /* the same for a file, in the last pass */

	/* Within a pass. */
	bool at_end;     /* no more profiles are read */
	bool down_said;  /* that the endpoint is */
	int64_t put_at;  /* when the last user came, by clock_ms */
	uint64_t rounds; /* that are done, for --repeat */
};

/* One pass through the profiles, or passes until a signal with --watch. */
void send_run(struct send *send);

/* Reported, noted in `status`, and the end: for fill.h. */
void send_fail_without_memory(struct send *send);
void send_fail_to_remember(struct send *send);

#endif
