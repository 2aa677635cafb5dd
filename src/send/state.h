/* state.h: one run of mixspool-send, shared by its loop and its reading half.
 */
#ifndef STATE_H
#define STATE_H

#include "send/outbox.h"
#include "send/recipients.h"
#include "send/send_options.h"
#include "send/sync.h"
#include "send/tally.h"
#include "tool/meter.h"

#define SEND_QUIET_MS 1000

struct send {
	const struct send_options *options;
	struct recipients recipients;
	struct sync sync;
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
	uint64_t read;   /* bytes, when the pipe was last looked at */
	int64_t read_at; /* when more had come, by clock_ms; 0: it was heeded */
	uint64_t rounds; /* that are done, for --repeat */
};

#endif
