#include "send/send_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/say.h"
#include "send/send_kind.h"
#include "tool/options.h"
#include "web/url.h"

#define DAY 86400

static const char usage[] =
    "usage: mixspool send [OPTION]... URL [FILE]...\n"
    "\n"
    "Posts users to a webhook as Mixpanel does. Profiles are JSON Lines like\n"
    "{\"$distinct_id\":\"1\",\"$properties\":{}}, from FILEs or standard "
    "input.\n"
    "\n"
    "who:\n"
    "      --where FILTER     only profiles for which this jq filter is true\n"
    "      --sample N         N invented profiles in place of files\n"
    "      --campaign NAME    each user at most once for NAME and URL ...\n"
    "      --state FILE       ... as remembered in this SQLite database\n"
    "what, in place of users in a form:\n"
    "      --cohort ID[:NAME] who enters and leaves a cohort, by --where, "
    "since\n"
    "                         the last sync, as remembered in --state\n"
    "      --first add        everybody at first as add_members, not members\n"
    "      --page-order shuffled\n"
    "      --project ID       of the cohort (1)\n"
    "      --resume           take up a sync that is paused\n"
    "      --alert            an example of an alert\n"
    "      --stream           events: each line is an object of any kind\n"
    "when:\n"
    "      --watch TIME       read the files again every TIME, post new "
    "matches\n"
    "      --repeat N         send everything N times\n"
    "      --rate R           POSTs a second, or R/m, R/h\n"
    "how:\n"
    "      --batch N          users in a POST (50; cohort 1000, stream 500)\n"
    "  -j, --parallel N       POSTs at a time (1)\n"
    "      --retries N        attempts after the first (5), with pauses of\n"
    "      --backoff TIME     1s at first, then twice as long each time, up to "
    "60s\n"
    "      --timeout TIME     the longest that an attempt may take (30s)\n"
    "  -u, --user NAME:PASS   HTTP Basic; or --netrc FILE, which ps cannot "
    "show\n"
    "      --proxy URL        in place of http_proxy, https_proxy\n"
    "      --cacert FILE      trust these certificates, PEM; or any: "
    "--insecure\n"
    "faults, for rehearsals, the same for the same seed:\n"
    "      --drop-answers P%  close before the answer\n"
    "      --cut-bodies P%    close in the middle of the body\n"
    "      --duplicate P%     send a delivered POST once more\n"
    "      --seed N           of faults and sample (1)\n"
    "output:\n"
    "  -n, --dry-run          print the users instead of sending them\n"
    "  -v, --verbose          each POST's answer, size and time\n"
    "  -q, --quiet            nothing unless something is wrong\n"
    "      --json             the summary for programs\n"
    "\n"
    "Exit 75: some users are left for the next run. See mixspool-send(1).\n";

#define AT(member) offsetof(struct send_options, member)
#define FLAG(member) OPTIONS_FLAG, AT(member), 0, 0, NULL
#define TEXT(member) OPTIONS_TEXT, AT(member), 0, 0, NULL
#define SHARE(member)                                                          \
	OPTIONS_SHARE, AT(member), 0, 0, "a percentage, such as 10%"

static const char from_1[] = "a number from 1 on";
static const char day[] = "seconds, or a number with m or h, 1 to 86400";
static const char minute[] = "seconds, or a number with m or h, 0 to 60";
static const char rate[] = "POSTs a second, or a number with /m or /h";

static const struct options_entry entries[] = {
    {"where", 0, TEXT(where)},
    {"sample", 0, OPTIONS_COUNT, AT(source.sample), 1, UINT64_MAX, from_1},
    {"campaign", 0, TEXT(campaign)},
    {"state", 0, TEXT(state)},
    {"watch", 0, OPTIONS_TIME, AT(watch_s), 1, DAY, day},
    {"cohort", 0, TEXT(cohort.given)},
    {"project", 0, TEXT(cohort.project)},
    {"first", 0, TEXT(cohort.first)},
    {"page-order", 0, TEXT(cohort.order)},
    {"resume", 0, FLAG(cohort.resume)},
    {"alert", 0, FLAG(alert)},
    {"stream", 0, FLAG(stream)},
    {"repeat", 0, OPTIONS_COUNT, AT(repeat), 1, UINT64_MAX, from_1},
    {"rate", 0, OPTIONS_RATE, AT(outbox.rate), 0, 0, rate},
    {"batch", 0, OPTIONS_COUNT, AT(outbox.batch), 1, 100000,
	"a number, 1 to 100000"},
    {"parallel", 'j', OPTIONS_COUNT, AT(outbox.parallel), 1, 1000,
	"a number, 1 to 1000"},
    {"retries", 0, OPTIONS_COUNT, AT(outbox.retries), 0, 1000,
	"a number, 0 to 1000"},
    {"backoff", 0, OPTIONS_TIME, AT(outbox.pause_s), 0, 60, minute},
    {"timeout", 0, OPTIONS_TIME, AT(client.timeout_s), 1, DAY, day},
    {"user", 'u', OPTIONS_SECRET, AT(secret), 0, 0, NULL},
    {"netrc", 0, TEXT(client.netrc)},
    {"proxy", 0, TEXT(client.proxy)},
    {"cacert", 0, TEXT(client.ca_file)},
    {"insecure", 0, FLAG(client.insecure)},
    {"drop-answers", 0, SHARE(outbox.faults.drop_answers)},
    {"cut-bodies", 0, SHARE(outbox.faults.cut_bodies)},
    {"duplicate", 0, SHARE(outbox.faults.duplicate)},
    {"seed", 0, OPTIONS_COUNT, AT(outbox.faults.seed), 0, UINT64_MAX,
	"a number from 0 on"},
    {"dry-run", 'n', FLAG(dry_run)},
    {"verbose", 'v', FLAG(verbose)},
    {"quiet", 'q', FLAG(quiet)},
    {"json", 0, FLAG(json)},
};

static bool
reads_standard_input(const struct profiles_source *source)
{
	size_t i;

	for (i = 0; i < source->file_count; i++)
		if (lines_is_standard_input(source->files[i]))
			return true;
	return false;
}

/* NULL, or why the options cannot be combined: a constant. */
static const char *
find_contradiction(const struct send_options *options)
{
	const bool files = options->source.file_count > 0;
	const bool once = reads_standard_input(&options->source);

	if (options->source.sample > 0 && files)
		return "--sample takes the place of files";
	if (!options->cohort.given && !options->campaign != !options->state)
		return "--campaign and --state go together";
	if (options->campaign && options->repeat > 1)
		return "--repeat sends users again, which --campaign never "
		       "does";
	if (options->watch_s > 0 && options->repeat > 1)
		return "--watch repeats by itself, without --repeat";
	if (options->watch_s > 0 && once)
		return "--watch takes files, which can be read again";
	if (options->repeat > 1 && once)
		return "--repeat takes files, which can be read again";
	if (options->watch_s > 0 && options->dry_run)
		return "--dry-run is one pass, without --watch";
	if (options->json && options->quiet)
		return "--json and --quiet exclude each other";
	if (options->json && options->dry_run)
		return "--dry-run prints users, not what --json asks for";
	return NULL;
}

static int
take_url(struct send_options *options, const char *url)
{
	const char *why;

	options->client.url = url;
	why = options->client.proxy ? url_check_proxy(options->client.proxy)
				    : NULL;
	if (why)
		return say_fail(EX_USAGE, "--proxy is wrong: %s", why);
	if (!send_kind_is_utf8(url))
		return say_fail(EX_USAGE, "the URL is wrong: it is not UTF-8");
	if (url_clean(url, &options->url, &why) == 0)
		return EX_OK;
	/* Not repeated: it may hold a password. */
	return say_fail(EX_USAGE, "the URL is wrong: %s", why);
}

static void
default_to_standard_input(struct send_options *options)
{
	struct profiles_source *source = &options->source;

	if (source->file_count > 0 || source->sample > 0 || source->line)
		return;
	strcpy(options->dash, "-");
	options->dashes[0] = options->dash;
	source->files = options->dashes;
	source->file_count = 1;
}

int
send_options_parse(int argc, char **argv, struct send_options *options)
{
	const char *what;
	int status;

	*options = (struct send_options){
	    .repeat = 1,
	    .client = {.timeout_s = 30},
	    .outbox = {.parallel = 1,
		.retries = 5,
		.pause_s = 1,
		.faults = {.seed = 1}},
	};
	status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, options);
	if (status != EX_OK)
		return status;
	if (optind == argc)
		return say_fail(EX_USAGE, "no URL given, see -h");
	options->source.files = argv + optind + 1;
	options->source.file_count = (size_t)(argc - optind - 1);
	status = send_kind_take(options);
	if (status != EX_OK)
		return status;
	default_to_standard_input(options);
	what = find_contradiction(options);
	if (what)
		return say_fail(EX_USAGE, "%s", what);
	options->source.seed = options->outbox.faults.seed;
	options->source.day = time(NULL) / DAY * DAY;
	options->client.user = options->secret;
	return take_url(options, argv[optind]);
}

void
send_options_free(struct send_options *options)
{
	free(options->cohort.id);
	free(options->url);
	free(options->secret);
}
