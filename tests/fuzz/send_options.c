/*
 * Any lines as what stands behind the URL on send's command line. A password of
 * the URL is in no message, one of --user in no message and no longer in the
 * arguments; what is accepted is within its limits and contradicts nothing.
 */
#include "send/send_options.h"

#include <getopt.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "fuzz.h"

#define ARGUMENTS 32
#define PASSWORD "op3n-5e5ame"

static char said[65536];
static int messages; /* a file in memory */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	HOLDS(freopen("/dev/null", "w", stdout)); /* -h, over and over */
	messages = memfd_create("messages", MFD_CLOEXEC);
	HOLDS(messages >= 0);
	return 0;
}

/* What it writes to standard error is in `said`. */
static int
parse(int count, char **arguments, struct send_options *options)
{
	int standard_error = dup(STDERR_FILENO), status;

	HOLDS(standard_error >= 0 && ftruncate(messages, 0) == 0);
	HOLDS(lseek(messages, 0, SEEK_SET) == 0);
	HOLDS(dup2(messages, STDERR_FILENO) >= 0);
	status = send_options_parse(count, arguments, options);
	HOLDS(dup2(standard_error, STDERR_FILENO) >= 0);
	close(standard_error);
	memset(said, 0, sizeof said);
	HOLDS(pread(messages, said, sizeof said - 1, 0) >= 0);
	return status;
}

static void
check_accepted(const struct send_options *options, const char *url)
{
	const struct outbox_options *outbox = &options->outbox;
	const struct faults *faults = &outbox->faults;
	const bool again = options->repeat > 1;
	size_t i, input = 0;

	HOLDS(!*said && options->client.url == url);
	HOLDS(!strstr(options->url, PASSWORD));
	HOLDS(options->client.user == options->secret);
	HOLDS(outbox->batch >= 1 && outbox->batch <= 100000);
	HOLDS(options->repeat >= 1 && options->watch_s <= 86400);
	HOLDS(outbox->parallel >= 1 && outbox->parallel <= 1000);
	HOLDS(outbox->retries <= 1000 && outbox->pause_s <= 60);
	HOLDS(faults->drop_answers >= 0 && faults->drop_answers <= 1);
	HOLDS(faults->cut_bodies >= 0 && faults->cut_bodies <= 1);
	HOLDS(faults->duplicate >= 0 && faults->duplicate <= 1);
	HOLDS(options->cohort.given ? options->state && !options->campaign
				    : !options->campaign == !options->state);
	HOLDS(!again || (!options->campaign && !options->watch_s));
	HOLDS(!options->json || (!options->quiet && !options->dry_run));
	HOLDS(!options->watch_s || !options->dry_run);
	for (i = 0; i < options->source.file_count; i++)
		input += !strcmp(options->source.files[i], "-");
	HOLDS(!input || options->source.sample == 0);
	HOLDS((options->source.sample > 0 || options->alert) ==
	      !options->source.file_count);
}

/* The lines of TEXT, as arguments behind those that are always there. */
static int
split(char *text, char **arguments, int count)
{
	char *line;

	while (count < ARGUMENTS - 1 && (line = strsep(&text, "\n")))
		arguments[count++] = line;
	arguments[count] = NULL;
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "send", url[] = "http://ann:" PASSWORD "@example.com/";
	char option[] = "--user", user[] = "ann:" PASSWORD;
	char *text = fuzz_text(data, size);
	char *arguments[ARGUMENTS] = {name, option, user, url};
	bool is_there = strstr(text, PASSWORD);
	int count = split(text, arguments, 4), status;
	struct send_options options;

	optind = 0; /* getopt begins anew */
	status = parse(count, arguments, &options);
	HOLDS(status == EX_OK || status == EX_USAGE || status == -1);
	HOLDS((status == EX_USAGE) == (*said != '\0'));
	HOLDS(is_there || !strstr(said, PASSWORD));
	HOLDS(strspn(user, "*") == sizeof user - 1);
	if (status == EX_OK)
		check_accepted(&options, url);
	send_options_free(&options);
	free(text);
	return 0;
}
