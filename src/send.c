/* mixspool send: Mixpanel's half of the conversation. */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "filter.h"
#include "ledger.h"
#include "meter.h"
#include "send_options.h"
#include "tool.h"

/* So many profiles, or for so long, before POSTs are looked after. */
#define TURN 256
#define TURN_MS 50

#define SAID_INVALID 10 /* of invalid profiles, so many are named */

static volatile sig_atomic_t stop_signal;

static void
note_signal(int signal)
{
	stop_signal = signal;
}

/* Where a profile stands. */
struct place {
	const char *file;
	uint64_t line;
};

struct send {
	struct send_options options;
	struct profiles profiles;
	struct filter *filter; /* or NULL */
	struct ledger *ledger; /* or NULL */
	struct client *client;
	struct delivery delivery;
	struct tally tally;
	struct meter meter;
	struct post *gathering; /* a POST that is not full yet, or NULL */
	bool at_end;            /* of the profiles, in this look */
	uint64_t looks;         /* that are done, for --repeat */
	struct place filter_failed, no_condition; /* for the first time */
	sigset_t signals;                         /* those that stop it */
	int unreadable; /* what to exit with for a file, in this look */
	int status;     /* what to exit with for what ended it, or EX_OK */
	bool down_said;
};

static int
fail(struct send *send, int status)
{
	if (send->status == EX_OK)
		send->status = status;
	send->delivery.stopping = true;
	send->at_end = true;
	return -1;
}

static int
fail_without_memory(struct send *send)
{
	tool_say("no memory");
	return fail(send, EX_OSERR);
}

/* Nobody must be sent twice because that could not be remembered. */
static int
fail_to_remember(struct send *send)
{
	if (send->status == EX_OK)
		tool_say("%s: %s: stopped%s",
		    send->options.state ? send->options.state : "memory",
		    ledger_error(send->ledger),
		    send->options.dry_run
			? ""
			: "; who was being sent may be sent again");
	return fail(send, EX_IOERR);
}

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
	tool_say("POST %" PRIu64 "%s%s: %s%s%s; %zu user%s, %zu bytes, %.1f ms",
	    post->number, attempt, post->again ? ", once more on purpose" : "",
	    post->last, answer->text[0] ? ", " : "", answer->text,
	    post->body.users, tool_plural(post->body.users), post->body.size,
	    (double)answer->us / 1000);
}

static void
say_invalid(struct send *send, const struct profile *profile)
{
	send->tally.invalid++;
	if (send->tally.invalid > SAID_INVALID)
		return;
	meter_clear(&send->meter);
	if (profile->fault.position == USER_NO_POSITION)
		tool_say("%s:%" PRIu64 ": %s", profile->file, profile->line,
		    profile->fault.what);
	else
		tool_say("%s:%" PRIu64 ": %s, near byte %zu", profile->file,
		    profile->line, profile->fault.what,
		    profile->fault.position);
	if (send->tally.invalid == SAID_INVALID)
		tool_say("further invalid profiles are only counted");
}

static void
note_place(struct place *place, uint64_t *count, const struct profile *profile)
{
	if ((*count)++ == 0)
		*place = (struct place){profile->file, profile->line};
}

static bool
matches(struct send *send, const struct profile *profile)
{
	if (!send->filter)
		return true;
	switch (filter_try(send->filter, profile->text, profile->size)) {
	case FILTER_MATCH:
		return true;
	case FILTER_NO_MATCH:
		break;
	case FILTER_NO_CONDITION:
		note_place(
		    &send->no_condition, &send->tally.no_condition, profile);
		break;
	case FILTER_FAILED:
		note_place(
		    &send->filter_failed, &send->tally.filter_failed, profile);
		break;
	}
	return false;
}

/* For POST, an index. True: it is to be sent, and nobody else's. */
static bool
claim(struct send *send, size_t post, const struct profile *profile)
{
	enum ledger_result result;
	struct user_id id;

	if (!send->ledger)
		return true;
	if (user_id_read(&profile->user, &id) < 0) {
		fail_without_memory(send);
		return false;
	}
	result = ledger_claim(send->ledger, post, id.text, id.size);
	user_id_free(&id);
	send->tally.reported_before += result == LEDGER_DELIVERED;
	send->tally.repeated += result == LEDGER_CLAIMED;
	if (result == LEDGER_FAILED)
		fail_to_remember(send);
	return result == LEDGER_OK;
}

static void
complete(struct send *send)
{
	struct post *post = send->gathering;

	send->gathering = NULL;
	if (body_end(&post->body) < 0) {
		send->tally.left += post->body.users;
		delivery_free_post(post);
		fail_without_memory(send);
		return;
	}
	delivery_add(&send->delivery, post);
}

/* A profile for which there is no POST any more, as the endpoint is down. */
static void
leave(struct send *send, const struct profile *profile)
{
	const size_t nobody = send->delivery.post_count;

	if (!claim(send, nobody, profile))
		return;
	send->tally.left++;
	/* Those who are left may be any number: their claims are not kept. */
	if (send->ledger && ledger_release(send->ledger, nobody) != LEDGER_OK)
		fail_to_remember(send);
}

static void
gather(struct send *send, const struct profile *profile)
{
	struct post *post = send->gathering;

	if (!claim(send, delivery_index(&send->delivery, post), profile))
		return;
	if (body_add(&post->body, profile->text, profile->size) < 0) {
		fail_without_memory(send);
		return;
	}
	if (post->body.users == send->options.batch)
		complete(send);
}

static void
print(struct send *send, const struct profile *profile)
{
	if (!claim(send, 0, profile))
		return;
	send->tally.left++;
	fwrite(profile->text, 1, profile->size, stdout);
	putchar('\n');
}

static void
take(struct send *send, const struct profile *profile)
{
	send->tally.profiles++;
	if (!matches(send, profile))
		return;
	send->tally.matched++;
	if (send->options.dry_run)
		print(send, profile);
	else if (send->delivery.stopping)
		leave(send, profile);
	else
		gather(send, profile);
}

/* The other files are read all the same. */
static void
say_unreadable(struct send *send, const struct profile *profile)
{
	const int error = errno;

	meter_clear(&send->meter);
	tool_say("cannot read %s: %s", profile->file, strerror(error));
	if (send->unreadable == EX_OK)
		send->unreadable = tool_status_of(error);
}

/* Whether a profile could be looked at now. */
static bool
has_room(struct send *send)
{
	if (send->at_end || stop_signal)
		return false;
	if (!send->gathering && !send->delivery.stopping)
		send->gathering = delivery_gather(&send->delivery);
	return send->gathering || send->delivery.stopping;
}

/* The next profile. Returns true when there is none to read for now. */
static bool
look_at_one(struct send *send)
{
	struct profile profile;

	switch (profiles_next(&send->profiles, &profile)) {
	case PROFILES_ONE:
		take(send, &profile);
		break;
	case PROFILES_INVALID:
		send->tally.profiles++;
		say_invalid(send, &profile);
		break;
	case PROFILES_NONE:
		break;
	case PROFILES_WAIT:
		return true;
	case PROFILES_END:
		send->at_end = true;
		break;
	case PROFILES_UNREADABLE:
		say_unreadable(send, &profile);
		break;
	case PROFILES_NO_MEMORY:
		fail_without_memory(send);
		break;
	}
	return false;
}

/* As many as fit, up to a turn. Returns as look_at_one. */
static bool
look_at_some(struct send *send)
{
	const int64_t end = clock_ms() + TURN_MS;
	bool waits = false;
	int turn;

	for (turn = 0;
	     turn < TURN && !waits && has_room(send) && clock_ms() < end;
	     turn++)
		waits = look_at_one(send);
	return waits;
}

/* The last POST need not be full; none that was not sent stays behind. */
static void
finish_gathering(struct send *send)
{
	struct post *post = send->gathering;

	if (!post)
		return;
	if (post->body.users > 0 && !send->delivery.stopping) {
		complete(send);
		return;
	}
	send->tally.left += post->body.users;
	if (send->ledger &&
	    ledger_release(send->ledger,
		delivery_index(&send->delivery, post)) != LEDGER_OK)
		fail_to_remember(send);
	delivery_free_post(post);
	send->gathering = NULL;
}

static void
say_given_up(const struct send *send, const struct post *post)
{
	if (post->attempts == 0 || stop_signal)
		return;
	meter_clear(&send->meter);
	tool_say("POST %" PRIu64 ": %zu user%s left after %" PRIu64
		 " attempt%s; the last one: %s%s",
	    post->number, post->body.users, tool_plural(post->body.users),
	    post->attempts, tool_plural(post->attempts), post->last,
	    send->options.verbose ? "" : " (-v tells more)");
}

/* What is settled is remembered before any of its POSTs is used again. */
static void
settle(struct send *send)
{
	struct post *post;
	enum ledger_result result = LEDGER_OK;

	while ((post = delivery_settled(&send->delivery))) {
		const size_t index = delivery_index(&send->delivery, post);
		const bool delivered = post->state == POST_DELIVERED;

		if (delivered)
			send->tally.delivered += post->body.users;
		else
			send->tally.left += post->body.users;
		if (!delivered)
			say_given_up(send, post);
		if (send->ledger && result == LEDGER_OK)
			result = delivered
				     ? ledger_record(send->ledger, index)
				     : ledger_release(send->ledger, index);
		delivery_free_post(post);
	}
	if (send->ledger && result == LEDGER_OK)
		result = ledger_commit(send->ledger);
	if (result != LEDGER_OK)
		fail_to_remember(send);
}

static void
draw(struct send *send)
{
	const uint64_t elapsed = meter_elapsed_ms(&send->meter);
	const struct tally *tally = &send->tally;
	double share;
	char left[32] = "";

	if (!meter_is_due(&send->meter))
		return;
	share = profiles_share(&send->profiles);
	share = ((double)send->looks + share) / (double)send->options.repeat;
	if (share > 0 && send->options.watch_s == 0) {
		uint64_t seconds =
		    (uint64_t)((double)elapsed * (1 / share - 1) / 1000);

		snprintf(left, sizeof left, ", %" PRIu64 ":%02" PRIu64 " left",
		    seconds / 60, seconds % 60);
	}
	meter_draw(&send->meter,
	    "%" PRIu64 " matched, %" PRIu64 " delivered, %" PRIu64
	    " failed, %" PRIu64 " a second%s",
	    tally->matched, tally->delivered, tally->left,
	    tally->delivered * 1000 / elapsed, left);
}

/* At once, since what is left is still counted. */
static void
say_if_down(struct send *send)
{
	if (!send->delivery.down || send->down_said)
		return;
	send->down_said = true;
	meter_clear(&send->meter);
	tool_say("%d POSTs in a row were given up: nothing more is sent%s",
	    DELIVERY_DOWN, send->options.watch_s > 0 ? " in this look" : "");
}

/* Nothing new is begun any more; what is in flight is waited for. */
static void
heed_signal(struct send *send)
{
	if (stop_signal)
		send->delivery.stopping = send->at_end = true;
}

/*
 * A turn of POSTs. A signal that comes between the look at `stop_signal` and
 * the waiting ends the waiting.
 */
static void
work(struct send *send, int ms, int fd)
{
	sigset_t before;

	if (send->meter.shown && (ms < 0 || ms > METER_MS))
		ms = METER_MS;
	sigprocmask(SIG_BLOCK, &send->signals, &before);
	heed_signal(send);
	if (!stop_signal || delivery_is_busy(&send->delivery))
		delivery_work(&send->delivery, ms, fd, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (send->delivery.failed)
		fail_without_memory(send);
	settle(send);
	say_if_down(send);
	/* What waits for a slot goes out before more is gathered. */
	delivery_start(&send->delivery);
	draw(send);
}

/* Once more from the start, as --repeat wants it. POSTs go on meanwhile. */
static void
start_over(struct send *send)
{
	if (!send->at_end || send->delivery.stopping ||
	    send->looks + 1 >= send->options.repeat)
		return;
	profiles_rewind(&send->profiles);
	send->looks++;
	send->at_end = false;
}

/* All profiles, to the last answer. */
static void
look(struct send *send)
{
	bool waits;

	send->at_end = false;
	for (;;) {
		waits = look_at_some(send);
		heed_signal(send);
		if (send->at_end || send->delivery.stopping)
			finish_gathering(send);
		start_over(send);
		if (send->at_end && !delivery_is_busy(&send->delivery))
			break;
		/* While there is more to read, POSTs are but looked after. */
		work(send, has_room(send) && !waits ? 0 : -1,
		    waits ? send->profiles.fd : -1);
	}
	settle(send); /* what was given up without being started */
}

static void
wait_for_next_look(struct send *send, int64_t until)
{
	int64_t now = clock_ms();

	while (!stop_signal && now < until) {
		work(send, (int)(until - now), -1);
		now = clock_ms();
	}
}

/* What a look found wrong does not stop the next one. */
static void
watch(struct send *send)
{
	const int64_t pause = (int64_t)send->options.watch_s * 1000;
	int64_t started = clock_ms();

	look(send);
	while (!stop_signal &&
	       (send->status == EX_OK || send->status == EX_NOINPUT)) {
		send->down_said = false;
		send->delivery.stopping = send->delivery.down = false;
		send->delivery.given_up_in_a_row = 0;
		wait_for_next_look(send, started + pause);
		if (stop_signal)
			break;
		started = clock_ms();
		send->unreadable = EX_OK;
		tally_look_again(&send->tally);
		profiles_rewind(&send->profiles);
		look(send);
	}
}

/* Prints who would be sent. */
static void
rehearse(struct send *send)
{
	const uint64_t batch = send->options.batch;
	struct pollfd input = {.events = POLLIN};
	sigset_t before;
	uint64_t posts;

	while (!send->at_end && !stop_signal && !ferror(stdout)) {
		if (!look_at_one(send))
			continue;
		fflush(stdout);
		input.fd = send->profiles.fd;
		sigprocmask(SIG_BLOCK, &send->signals, &before);
		if (!stop_signal)
			ppoll(&input, 1, NULL, &before);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	posts = send->tally.left / batch + (send->tally.left % batch > 0);
	if (!send->options.quiet && !ferror(stdout))
		tool_say("would send %" PRIu64 " user%s in %" PRIu64
			 " POST%s to %s",
		    send->tally.left, tool_plural(send->tally.left), posts,
		    tool_plural(posts), send->options.url);
	send->tally.left = 0;
}

/* What is ignored at the start, as nohup has it, stays ignored. */
static void
catch_signals(struct send *send)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	/* The same one again ends the process, whatever it is doing. */
	const struct sigaction note = {
	    .sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	size_t i;

	sigemptyset(&send->signals);
	for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (sigaction(numbers[i], NULL, &before) < 0 ||
		    before.sa_handler == SIG_IGN)
			continue;
		sigaddset(&send->signals, numbers[i]);
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
	tool_say(
	    "--where does not compile:\n%s", message ? message : "no memory");
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
		return tool_fail(EX_TEMPFAIL,
		    "%s: another send of campaign %s is running", file,
		    key.campaign);
	default:
		return tool_fail(EX_CANTCREAT, "%s: %s", file ? file : "memory",
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
		return tool_fail(tool_status_of(error), "cannot read %s: %s",
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
			tool_say("profiles come from the terminal, Ctrl-D "
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
		return tool_fail(EX_OSERR, "no memory or descriptors");
	if (options->verbose) {
		send->delivery.report = report_answer;
		send->delivery.context = send;
	}
	return EX_OK;
}

static void
say_filter_faults(const struct send *send)
{
	const struct tally *tally = &send->tally;

	if (tally->filter_failed > 0)
		tool_say("the filter failed on %" PRIu64
			 " profile%s, which count as not matching; the first: "
			 "%s:%" PRIu64,
		    tally->filter_failed, tool_plural(tally->filter_failed),
		    send->filter_failed.file, send->filter_failed.line);
	if (tally->no_condition > 0)
		tool_say("the filter put out something else than true or false "
			 "for %" PRIu64
			 " profile%s, which count as not matching; the first: "
			 "%s:%" PRIu64 "; it should be a condition, without "
			 "select()",
		    tally->no_condition, tool_plural(tally->no_condition),
		    send->no_condition.file, send->no_condition.line);
}

static int
sum_up(struct send *send)
{
	const struct send_options *options = &send->options;
	const struct tally *tally = &send->tally;

	meter_clear(&send->meter);
	if (!options->quiet)
		say_filter_faults(send);
	if (stop_signal && options->watch_s == 0)
		tool_say("stopped: not all profiles were looked at");
	if (tally->left > 0)
		tool_say("%" PRIu64 " user%s left for the next run",
		    tally->left, tool_plural(tally->left));
	if (options->json && tally_print_json(tally, options->url, stdout) < 0)
		return tool_fail(EX_OSERR, "no memory");
	if (!options->json && !options->quiet && !options->dry_run)
		tally_print(tally, stdout);
	if (send->status != EX_OK)
		return send->status;
	if (tally->left > 0 || (stop_signal && options->watch_s == 0))
		return EX_TEMPFAIL;
	if (send->unreadable != EX_OK)
		return send->unreadable;
	return tally->invalid > 0 ? EX_DATAERR : EX_OK;
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
	catch_signals(send);
	meter_start(&send->meter);
	tally_start(&send->tally);
	profiles_open(&send->profiles, &send->options.source);
	if (send->options.dry_run)
		rehearse(send);
	else if (send->options.watch_s > 0)
		watch(send);
	else
		look(send);
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
