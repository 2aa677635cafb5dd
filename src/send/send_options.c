#include "send/send_options.h"

#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/number.h"
#include "base/say.h"
#include "send/send_checks.h"
#include "send/url.h"
#include "tool/tool.h"

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
    "when:\n"
    "      --watch TIME       read the files again every TIME, post new "
    "matches\n"
    "      --repeat N         send everything N times\n"
    "      --rate R           POSTs a second, or R/m, R/h\n"
    "how:\n"
    "      --batch N          users in a POST (50)\n"
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

enum kind { FLAG, TEXT, COUNT, TIME, SHARE, RATE, SECRET, HELP };

#define AT(member) offsetof(struct send_options, member)

static const struct setting {
	const char *name;
	char letter; /* or '\0' */
	enum kind kind;
	size_t at;
	uint64_t min, max;
} settings[] = {
    {"where", 0, TEXT, AT(where), 0, 0},
    {"sample", 0, COUNT, AT(source.sample), 1, UINT64_MAX},
    {"campaign", 0, TEXT, AT(campaign), 0, 0},
    {"state", 0, TEXT, AT(state), 0, 0},
    {"watch", 0, TIME, AT(watch_s), 1, DAY},
    {"repeat", 0, COUNT, AT(repeat), 1, UINT64_MAX},
    {"rate", 0, RATE, AT(outbox.rate), 0, 0},
    {"batch", 0, COUNT, AT(outbox.batch), 1, 100000},
    {"parallel", 'j', COUNT, AT(outbox.parallel), 1, 1000},
    {"retries", 0, COUNT, AT(outbox.retries), 0, 1000},
    {"backoff", 0, TIME, AT(outbox.pause_s), 0, 60},
    {"timeout", 0, TIME, AT(client.timeout_s), 1, DAY},
    {"user", 'u', SECRET, AT(secret), 0, 0},
    {"netrc", 0, TEXT, AT(client.netrc), 0, 0},
    {"proxy", 0, TEXT, AT(client.proxy), 0, 0},
    {"cacert", 0, TEXT, AT(client.ca_file), 0, 0},
    {"insecure", 0, FLAG, AT(client.insecure), 0, 0},
    {"drop-answers", 0, SHARE, AT(outbox.faults.drop_answers), 0, 0},
    {"cut-bodies", 0, SHARE, AT(outbox.faults.cut_bodies), 0, 0},
    {"duplicate", 0, SHARE, AT(outbox.faults.duplicate), 0, 0},
    {"seed", 0, COUNT, AT(outbox.faults.seed), 0, UINT64_MAX},
    {"dry-run", 'n', FLAG, AT(dry_run), 0, 0},
    {"verbose", 'v', FLAG, AT(verbose), 0, 0},
    {"quiet", 'q', FLAG, AT(quiet), 0, 0},
    {"json", 0, FLAG, AT(json), 0, 0},
    {"help", 'h', HELP, 0, 0, 0},
};

#define SETTINGS (sizeof settings / sizeof *settings)
#define FIRST_LONG (UCHAR_MAX + 1) /* what getopt returns for settings[0] */

static const char letters[] = ":j:u:nvqh";

static int
wrong_value(const struct setting *setting, const char *value, const char *takes)
{
	return say_fail(
	    EX_USAGE, "--%s is '%s': it takes %s", setting->name, value, takes);
}

static int
wrong_count(const struct setting *setting, const char *value, const char *what)
{
	if (setting->max == UINT64_MAX)
		return say_fail(EX_USAGE,
		    "--%s is '%s': it takes %s from %llu on", setting->name,
		    value, what, (unsigned long long)setting->min);
	return say_fail(EX_USAGE, "--%s is '%s': it takes %s, %llu to %llu",
	    setting->name, value, what, (unsigned long long)setting->min,
	    (unsigned long long)setting->max);
}

/* Keeps a copy, and wipes the one that the process list shows to everybody. */
static int
keep_secret(char **secret, char *value)
{
	free(*secret);
	*secret = strdup(value);
	memset(value, '*', strlen(value));
	return *secret ? EX_OK : say_fail(EX_OSERR, "no memory");
}

static int
set_option(
    struct send_options *options, const struct setting *setting, char *value)
{
	void *at = (char *)options + setting->at;

	switch (setting->kind) {
	case FLAG:
		*(bool *)at = true;
		break;
	case TEXT:
		*(const char **)at = value;
		break;
	case COUNT:
		if (number_parse(value, setting->min, setting->max, at) < 0)
			return wrong_count(setting, value, "a number");
		break;
	case TIME:
		if (number_parse_time(value, setting->min, setting->max, at) <
		    0)
			return wrong_count(
			    setting, value, "seconds, or a number with m or h");
		break;
	case SHARE:
		if (number_parse_share(value, at) < 0)
			return wrong_value(
			    setting, value, "a percentage, such as 10%");
		break;
	case RATE:
		if (number_parse_rate(value, at) < 0)
			return wrong_value(setting, value,
			    "POSTs a second, or a number with /m or /h");
		break;
	case SECRET:
		return keep_secret(at, value);
	case HELP:
		fputs(usage, stdout);
		return -1;
	}
	return EX_OK;
}

static const struct setting *
find_setting(int option)
{
	size_t i;

	if (option >= FIRST_LONG)
		return &settings[option - FIRST_LONG];
	for (i = 0; i < SETTINGS; i++)
		if (settings[i].letter && settings[i].letter == option)
			return &settings[i];
	return NULL;
}

static int
parse_options(int argc, char **argv, struct send_options *options)
{
	struct option names[SETTINGS + 1] = {0};
	const struct setting *setting;
	int option, status;
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		bool has_value =
		    settings[i].kind != FLAG && settings[i].kind != HELP;

		names[i] = (struct option){settings[i].name,
		    has_value ? required_argument : no_argument, NULL,
		    FIRST_LONG + (int)i};
	}
	while ((option = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		setting = find_setting(option);
		if (!setting)
			return tool_wrong_option(option, optopt, argv);
		status = set_option(options, setting, optarg);
		if (status != EX_OK)
			return status;
	}
	return EX_OK;
}

static bool
is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
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
	if (!is_utf8(url))
		return say_fail(EX_USAGE, "the URL is wrong: it is not UTF-8");
	if (url_clean(url, &options->url, &why) == 0)
		return EX_OK;
	/* Not repeated: it may hold a password. */
	return say_fail(EX_USAGE, "the URL is wrong: %s", why);
}

static void
take_files(struct send_options *options, char **files, size_t count)
{
	options->source.files = files;
	options->source.file_count = count;
	if (count > 0 || options->source.sample > 0)
		return;
	strcpy(options->dash, "-");
	options->dashes[0] = options->dash;
	options->source.files = options->dashes;
	options->source.file_count = 1;
}

int
send_options_parse(int argc, char **argv, struct send_options *options)
{
	const char *what;
	int status;

	*options = (struct send_options){
	    .repeat = 1,
	    .client = {.timeout_s = 30},
	    .outbox = {.batch = 50,
		.parallel = 1,
		.retries = 5,
		.pause_s = 1,
		.faults = {.seed = 1}},
	};
	status = parse_options(argc, argv, options);
	if (status != EX_OK)
		return status;
	if (optind == argc)
		return say_fail(EX_USAGE, "no URL given, see -h");
	take_files(options, argv + optind + 1, (size_t)(argc - optind - 1));
	what = send_checks_contradiction(options);
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
	free(options->url);
	free(options->secret);
}
