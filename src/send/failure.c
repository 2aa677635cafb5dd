#include "send/failure.h"

#include <sysexits.h>

#include "send/notice.h"

static void
failure_end(struct send *send, int status)
{
	if (send->status == EX_OK)
		send->status = status;
	send->at_end = true;
	outbox_stop(&send->outbox);
}

void
failure_of_memory(struct send *send)
{
	if (send->status == EX_OK)
		notice(&send->meter, "no memory");
	failure_end(send, EX_OSERR);
}

void
failure_to_remember(struct send *send)
{
	const struct send_options *options = send->options;
	const char *error = send->sync.snapshot
				? snapshot_error(send->sync.snapshot)
				: ledger_error(send->recipients.ledger);

	if (send->status == EX_OK)
		notice(&send->meter, "%s: %s: stopped%s",
		    options->state ? options->state : "memory", error,
		    options->dry_run
			? ""
			: "; who was being sent may be sent again");
	failure_end(send, EX_IOERR);
}
