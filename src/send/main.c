/* mixspool-send: what `mixspool send` runs. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "send/fill.h"
#include "send/notice.h"
#include "send/send.h"
#include "send/stop.h"
#include "tool/tool.h"

static int
check_file(const char *file)
{
	struct stat status;
	int error = 0;

	if (access(file, R_OK) < 0 || stat(file, &status) < 0)
		error = errno;
	else if (S_ISDIR(status.st_mode))
		error = EISDIR;
	if (error)
		return say_fail(tool_status_of(error), "cannot read %s: %s",
		    file, strerror(error));
	return EX_OK;
}

/* libcurl would report it late, and as if it came from the endpoint. */
static int
check_certificates(const char *path)
{
	static const char *const marks[] = {"-----END CERTIFICATE-----",
	    "-----END TRUSTED CERTIFICATE-----",
	    "-----END X509 CERTIFICATE-----"};
	int status = check_file(path);
	bool is_found = false;
	char line[256];
	FILE *file;
	size_t i;

	if (status != EX_OK)
		return status;
	file = fopen(path, "re");
	if (!file)
		return say_fail(tool_status_of(errno), "cannot read %s: %s",
		    path, strerror(errno));
	while (!is_found && fgets(line, sizeof line, file))
		for (i = 0; i < sizeof marks / sizeof *marks; i++)
			is_found |= strstr(line, marks[i]) != NULL;
	(void)fclose(file);
	return is_found
		   ? EX_OK
		   : say_fail(EX_CONFIG, "%s has no certificate in PEM", path);
}

/* Check all files first, so that a typo is reported before anything is sent. */
static int
check_files(const struct send_options *options)
{
	const struct profiles_source *source = &options->source;
	const struct client_options *client = &options->client;
	int status = EX_OK;
	size_t i;

	for (i = 0; i < source->file_count && status == EX_OK; i++) {
		const char *file = source->files[i];

		if (strcmp(file, "-") != 0)
			status = check_file(file);
		else if (isatty(STDIN_FILENO))
			say("profiles come from the terminal, Ctrl-D "
			    "ends them");
	}
	if (status == EX_OK && client->netrc)
		status = check_file(client->netrc);
	if (status == EX_OK && client->ca_file)
		status = check_certificates(client->ca_file);
	return status;
}

static int
open_filter(struct filter **filter, const char *where)
{
	const char *line;
	char *message;
	size_t length;

	if (!where)
		return EX_OK;
	*filter = filter_compile(where, &message);
	if (*filter)
		return EX_OK;
	say("--where does not compile:%s", message ? "" : " no memory");
	for (line = message; line && *line; line += length) {
		length = strcspn(line, "\n");
		say("%.*s", (int)length, line);
		length += line[length] == '\n';
	}
	free(message);
	return EX_USAGE;
}

static void
say_news(const struct ledger *ledger, const char *campaign)
{
	switch (ledger_news(ledger)) {
	case LEDGER_NO_NEWS:
		break;
	case LEDGER_OTHER_FILTER:
		say("campaign %s had another filter in its last run; users "
		    "delivered before are not sent again",
		    campaign);
		break;
	case LEDGER_OTHER_URL:
		say("campaign %s has had another URL; with this one it begins "
		    "anew",
		    campaign);
		break;
	}
}

static int
open_ledger(struct ledger **ledger, const struct send_options *options)
{
	const struct ledger_campaign campaign = {
	    .name = options->campaign ? options->campaign : "",
	    .url = options->url,
	    .filter = options->where ? options->where : "",
	};
	const char *file = options->state;
	struct stat status;
	enum ledger_result result;

	/* Passes of --watch need a ledger, too, if only in memory. */
	if (!options->campaign && options->watch_s == 0)
		return EX_OK;
	/* A dry run leaves nothing behind. */
	if (options->dry_run &&
	    (stat(file, &status) < 0 || status.st_size == 0))
		file = NULL;
	result = ledger_open(ledger, file, &campaign, options->dry_run);
	if (result != LEDGER_OK)
		return say_fail(
		    result == LEDGER_LOCKED ? EX_TEMPFAIL : EX_CANTCREAT,
		    "%s: %s", file ? file : "memory", ledger_error(*ledger));
	say_news(*ledger, campaign.name);
	return EX_OK;
}

static int
open_outbox(struct outbox *outbox, struct client **client,
    const struct send_options *options)
{
	*client =
	    client_open(&options->client, (size_t)options->outbox.parallel);
	if (*client && outbox_open(outbox, &options->outbox, *client) == 0)
		return EX_OK;
	return say_fail(EX_OSERR, "no memory or descriptors");
}

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
	if (tally->left > 0)
		say("%" PRIu64 " user%s left for the next run", tally->left,
		    tool_plural(tally->left));
	if (options->json &&
	    tally_print_json(tally, counts, options->url, stdout) < 0)
		return say_fail(EX_OSERR, "no memory");
	if (!options->json && !options->quiet && !options->dry_run)
		tally_print(tally, counts, stdout);
	if (send->status != EX_OK)
		return send->status;
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
	if (send->options->dry_run)
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
	if (fd_occupy_standard() < 0)
		return say_fail(
		    EX_OSERR, "cannot open /dev/null: %s", strerror(errno));
	user_init();

	status = send_options_parse(argc, argv, &options);
	profiles_open(&send.recipients.profiles, &options.source);
	if (status == EX_OK)
		status = check_files(&options);
	if (status == EX_OK && (send.stop_fd = stop_open()) < 0)
		status = say_fail(EX_OSERR, "no memory or descriptors");
	if (status == EX_OK)
		status = open_filter(&send.recipients.filter, options.where);
	if (status == EX_OK)
		status = open_ledger(&send.recipients.ledger, &options);
	if (status == EX_OK && !options.dry_run)
		status = open_outbox(&send.outbox, &client, &options);
	if (status == EX_OK)
		status = run_and_sum_up(&send);

	recipients_close(&send.recipients);
	outbox_close(&send.outbox);
	client_close(client);
	send_options_free(&options);
	/* -1: help was printed. */
	return tool_end_output(status < 0 ? EX_OK : status);
}
