/* mixspool send: Mixpanel's half of the conversation. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/say.h"
#include "send/look.h"
#include "send/send.h"
#include "tool/tool.h"

static volatile sig_atomic_t stop_signal;

static void
note_signal(int signal)
{
	stop_signal = signal;
}

struct send {
	struct send_options options;
	struct profiles profiles;
	struct filter *filter; /* or NULL */
	struct ledger *ledger; /* or NULL */
	struct client *client;
	struct delivery delivery;
	struct tally tally;
	struct meter meter;
	struct gather gather;
	struct look look;
};

static void
report_answer(
    void *context, const struct post *post, const struct client_answer *answer)
{
	const struct send *send = context;
	char attempt[32] = "";

	meter_clear(&send->meter);
	if (post->attempts > 1)
		snprintf(attempt, sizeof attempt, ", attempt %" PRIu64,
		    post->attempts);
	say("POST %" PRIu64 "%s%s: %s%s%s; %zu user%s, %zu bytes, %.1f ms",
	    post->number, attempt, post->again ? ", once more on purpose" : "",
	    post->last, answer->text[0] ? ", " : "", answer->text,
	    post->body.users, tool_plural(post->body.users), post->body.size,
	    (double)answer->us / 1000);
}

/* What is ignored at the start, as nohup has it, stays ignored. */
static void
catch_signals(sigset_t *signals)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	/* The same one again ends the process, whatever it is doing. */
	const struct sigaction note = {
	    .sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	size_t i;

	sigemptyset(signals);
	for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (sigaction(numbers[i], NULL, &before) < 0 ||
		    before.sa_handler == SIG_IGN)
			continue;
		sigaddset(signals, numbers[i]);
		sigaction(numbers[i], &note, NULL);
	}
	sigaction(SIGPIPE, &ignore, NULL);
}

static int
open_filter(struct send *send)
{
	const char *where = send->options.where;
	char *message;

	if (!where)
		return EX_OK;
	send->filter = filter_compile(where, &message);
	if (send->filter)
		return EX_OK;
	say("--where does not compile:\n%s", message ? message : "no memory");
	free(message);
	return EX_USAGE;
}

static int
open_ledger(struct send *send)
{
	const struct send_options *options = &send->options;
	const struct ledger_key key = {
	    .campaign = options->campaign ? options->campaign : "",
	    .url = options->url,
	    .criterion = options->where ? options->where : "",
	};
	const char *file = options->state;
	struct stat status;

	/* Looking again would send again, without a memory of its own. */
	if (!options->campaign && options->watch_s == 0)
		return EX_OK;
	/* What is but printed leaves nothing behind. */
	if (options->dry_run &&
	    (stat(file, &status) < 0 || status.st_size == 0))
		file = NULL;
	switch (ledger_open(&send->ledger, file, &key, options->dry_run)) {
	case LEDGER_OK:
		return EX_OK;
	case LEDGER_LOCKED:
		return say_fail(EX_TEMPFAIL,
		    "%s: another send of campaign %s is running", file,
		    key.campaign);
	default:
		return say_fail(EX_CANTCREAT, "%s: %s", file ? file : "memory",
		    ledger_error(send->ledger));
	}
}

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

/* That a mistyped name is told before anything is sent. */
static int
check_files(const struct send *send)
{
	const struct profiles_source *source = &send->options.source;
	const struct client_options *client = &send->options.client;
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
		status = check_file(client->ca_file);
	return status;
}

static int
open_delivery(struct send *send)
{
	const struct send_options *options = &send->options;

	send->client =
	    client_open(&options->client, (size_t)options->delivery.parallel);
	if (!send->client || delivery_open(&send->delivery, &options->delivery,
				 send->client, &send->tally) < 0)
		return say_fail(EX_OSERR, "no memory or descriptors");
	if (options->verbose) {
		send->delivery.report = report_answer;
		send->delivery.context = send;
	}
	return EX_OK;
}

static void
rehearse(struct send *send)
{
	const uint64_t batch = send->options.batch;
	uint64_t users, posts;

	look_rehearse(&send->look);
	users = send->tally.left;
	posts = users / batch + (users % batch > 0);
	if (!send->options.quiet && !ferror(stdout))
		say("would send %" PRIu64 " user%s in %" PRIu64 " POST%s to %s",
		    users, tool_plural(users), posts, tool_plural(posts),
		    send->options.url);
	send->tally.left = 0;
}

static int
sum_up(struct send *send)
{
	const struct send_options *options = &send->options;
	const struct tally *tally = &send->tally;

	meter_clear(&send->meter);
	if (!options->quiet)
		gather_say_filter_faults(&send->gather);
	if (stop_signal && options->watch_s == 0)
		say("stopped: not all profiles were looked at");
	if (tally->left > 0)
		say("%" PRIu64 " user%s left for the next run", tally->left,
		    tool_plural(tally->left));
	if (options->json && tally_print_json(tally, options->url, stdout) < 0)
		return say_fail(EX_OSERR, "no memory");
	if (!options->json && !options->quiet && !options->dry_run)
		tally_print(tally, stdout);
	if (send->gather.status != EX_OK)
		return send->gather.status;
	if (tally->left > 0 || (stop_signal && options->watch_s == 0))
		return EX_TEMPFAIL;
	if (send->look.unreadable != EX_OK)
		return send->look.unreadable;
	return tally->invalid > 0 ? EX_DATAERR : EX_OK;
}

static void
work(struct send *send)
{
	send->gather = (struct gather){
	    .options = &send->options,
	    .filter = send->filter,
	    .ledger = send->ledger,
	    .delivery = &send->delivery,
	    .tally = &send->tally,
	    .meter = &send->meter,
	    .stop = &stop_signal,
	};
	send->look = (struct look){
	    .options = &send->options,
	    .profiles = &send->profiles,
	    .gather = &send->gather,
	    .delivery = &send->delivery,
	    .tally = &send->tally,
	    .meter = &send->meter,
	    .stop = &stop_signal,
	};
	catch_signals(&send->look.signals);
	meter_start(&send->meter);
	tally_start(&send->tally);
	profiles_open(&send->profiles, &send->options.source);
	if (send->options.dry_run)
		rehearse(send);
	else if (send->options.watch_s > 0)
		look_watch(&send->look);
	else
		look_through(&send->look);
}

static int
run(struct send *send)
{
	int status = check_files(send);

	if (status == EX_OK)
		status = open_filter(send);
	if (status == EX_OK)
		status = open_ledger(send);
	if (status == EX_OK && !send->options.dry_run)
		status = open_delivery(send);
	if (status != EX_OK)
		return status;
	work(send);
	return sum_up(send);
}

int
send_users(int argc, char **argv)
{
	struct send send = {0};
	int status;

	user_init();
	status = send_options_parse(argc, argv, &send.options);
	if (status == EX_OK)
		status = run(&send);
	profiles_close(&send.profiles);
	delivery_close(&send.delivery);
	client_close(send.client);
	ledger_close(send.ledger);
	filter_free(send.filter);
	send_options_free(&send.options);
	return status < 0 ? EX_OK : status;
}
