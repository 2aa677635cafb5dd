/* mixspool-send: what `mixspool send` runs. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/fd.h"
#include "base/say.h"
#include "send/fill.h"
#include "send/notice.h"
#include "send/send.h"
#include "send/setup.h"
#include "send/stop.h"
#include "tool/tool.h"

static void
say_what_would_be_sent(const struct send_options *options, uint64_t users)
{
	const uint64_t batch = options->outbox.batch;
	const uint64_t posts = users / batch + (users % batch > 0);

	if (!options->quiet && !ferror(stdout))
		say("would send %" PRIu64 " user%s in %" PRIu64 " POST%s to %s",
		    users, tool_plural(users), posts, tool_plural(posts),
		    options->url);
}

static void
say_what_would_be_posted(const struct send_options *options, uint64_t pages)
{
	if (!options->quiet && !ferror(stdout))
		say("would send %" PRIu64 " page%s to %s", pages,
		    tool_plural(pages), options->url);
}

static int
sum_up(const struct send *send)
{
	const struct send_options *options = send->options;
	const struct recipients_counts *counts = &send->recipients.counts;
	const struct tally *tally = &send->tally;
	const bool is_stopped = stop_is_asked() && options->watch_s == 0;

	meter_clear(&send->meter);
	if (!options->quiet)
		notice_filter_faults(counts);
	if (is_stopped)
		say("stopped before all profiles were read");
	if (tally->left > 0 && !send->sync.snapshot)
		say("%" PRIu64 " user%s left for the next run", tally->left,
		    tool_plural(tally->left));
	if (options->json &&
	    tally_print_json(tally, counts, options->url,
		sync_as_json(&send->sync, options->cohort.id), stdout) < 0)
		return say_fail(EX_OSERR, "no memory");
	if (!options->json && !options->quiet && !options->dry_run)
		tally_print(tally, counts, stdout);
	if (!options->json && !options->quiet && !options->dry_run)
		sync_print(&send->sync, options->cohort.id, stdout);
	if (send->status != EX_OK)
		return send->status;
	if (send->sync.status != EX_OK)
		return send->sync.status;
	if (tally->left > 0 && send->outbox.refused > 0)
		return EX_UNAVAILABLE;
	if (tally->left > 0 || is_stopped)
		return EX_TEMPFAIL;
	if (send->unreadable != EX_OK)
		return send->unreadable;
	return counts->invalid > 0 ? EX_DATAERR : EX_OK;
}

static int
run_and_sum_up(struct send *send)
{
	meter_start(&send->meter);
	tally_start(&send->tally);
	if (send->options->dry_run && send->sync.snapshot)
		say_what_would_be_posted(send->options, sync_dry_run(send));
	else if (send->options->dry_run)
		say_what_would_be_sent(send->options, fill_dry_run(send));
	else
		send_run(send);
	return sum_up(send);
}

int
main(int argc, char **argv)
{
	struct send_options options;
	struct send send = {.options = &options};
	struct client *client = NULL;
	int status;

	say_set_program("mixspool send");
	/* A core dump would hold users. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A ledger over the limit of sizes is an error, not the end. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (fd_occupy_standard() < 0)
		return say_fail(
		    EX_OSERR, "cannot open /dev/null: %s", strerror(errno));
	user_init();

	status = send_options_parse(argc, argv, &options);
	profiles_open(&send.recipients.profiles, &options.source);
	if (status == EX_OK)
		status = setup_check_files(&options);
	if (status == EX_OK && (send.stop_fd = stop_open()) < 0)
		status = say_fail(EX_OSERR, "no memory or descriptors");
	if (status == EX_OK)
		status = setup_filter(&send.recipients.filter, options.where);
	if (status == EX_OK)
		status = setup_ledger(&send.recipients.ledger, &options);
	if (status == EX_OK)
		status = setup_snapshot(&send.sync.snapshot, &options);
	if (status == EX_OK && !options.dry_run)
		status = setup_outbox(&send.outbox, &client, &options);
	if (status == EX_OK)
		status = run_and_sum_up(&send);

	recipients_close(&send.recipients);
	sync_close(&send.sync);
	outbox_close(&send.outbox);
	client_close(client);
	send_options_free(&options);
	/* -1: help was printed. */
	return tool_end_output(status < 0 ? EX_OK : status);
}
