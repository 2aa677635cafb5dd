#include "doctor/doctor_options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/say.h"
#include "tool/options.h"
#include "web/url.h"

static const char usage[] =
    "usage: mixspool doctor [OPTION]... URL\n"
    "       mixspool doctor [OPTION]... [DIR]\n"
    "\n"
    "Checks a URL from outside, by POSTs that store nothing, or the spool DIR\n"
    "on this machine (" MIXSPOOL_SPOOL "), and says what to change and where.\n"
    "\n"
    "a URL:\n"
    "  -u, --user NAME:PASS   the secret; or --netrc FILE, which ps cannot "
    "show\n"
    "      --cacert FILE      trust these certificates, PEM; or any: "
    "--insecure\n"
    "  -4, --ipv4             not by IPv6\n"
    "      --timeout TIME     the longest that a request may take (60s)\n"
    "DIR:\n"
    "      --socket PATH      the receiver's (as it is found)\n"
    "output:\n"
    "  -q, --quiet            warnings and faults alone\n"
    "      --json             for programs\n"
    "\n"
    "Exit 1: warnings; 2: faults. See mixspool-doctor(1).\n";

#define AT(member) offsetof(struct doctor_options, member)
#define FLAG(member) OPTIONS_FLAG, AT(member), 0, 0, NULL
#define TEXT(member) OPTIONS_TEXT, AT(member), 0, 0, NULL

static const struct options_entry entries[] = {
    {"user", 'u', OPTIONS_SECRET, AT(user), 0, 0, NULL},
    {"netrc", 0, TEXT(netrc)},
    {"cacert", 0, TEXT(ca_file)},
    {"insecure", 0, FLAG(insecure)},
    {"ipv4", '4', FLAG(only_ipv4)},
    {"timeout", 0, OPTIONS_TIME, AT(timeout_s), 1, 3600,
	"seconds, or a number with m or h, 1 to 3600"},
    {"socket", 0, TEXT(socket)},
    {"quiet", 'q', FLAG(quiet)},
    {"json", 0, FLAG(json)},
};

/* The list of processes shows arguments to everybody. */
static int
hide_url(struct doctor_options *options, char *argument)
{
	const size_t size = strlen(argument);
	const size_t shown = strlen(options->clean_url);

	options->url = strdup(argument);
	if (!options->url)
		return say_fail(EX_OSERR, "no memory");
	options->target = options->url;
	memset(argument, 0, size);
	memcpy(argument, options->clean_url, shown < size ? shown : size);
	return EX_OK;
}

static int
take_url(struct doctor_options *options, char *argument)
{
	const char *why,
	    *colon = options->user ? strchr(options->user, ':') : "";

	options->is_url = true;
	if (!colon)
		/* Not repeated: it may be the password. */
		return say_fail(EX_USAGE, "-u takes NAME:SECRET, with a colon");
	if (url_clean(options->target, &options->clean_url, &why) < 0)
		/* Not repeated: it may hold a password. */
		return say_fail(EX_USAGE, "the URL is wrong: %s", why);
	if (url_password(options->target, &options->password) < 0)
		return say_fail(EX_OSERR, "no memory");
	if (hide_url(options, argument) != EX_OK)
		return EX_OSERR;
	options->has_secret =
	    options->password || options->user || options->netrc;
	if (!options->user)
		return EX_OK;
	free(options->password);
	options->password = strdup(colon + 1);
	return options->password ? EX_OK : say_fail(EX_OSERR, "no memory");
}

/* A path that is not there, and whose first part has what a host has. */
static bool
is_host(const char *target)
{
	const size_t first = strcspn(target, "/");

	return *target != '/' && *target != '.' &&
	       (strchr(target, '@') || strcspn(target, ".:") < first ||
		   (first == 9 && !strncmp(target, "localhost", 9))) &&
	       access(target, F_OK) < 0;
}

int
doctor_options_parse(int argc, char **argv, struct doctor_options *options)
{
	int status;

	*options =
	    (struct doctor_options){.target = MIXSPOOL_SPOOL, .timeout_s = 60};
	status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, options);
	if (status != EX_OK)
		return status;
	if (argc - optind > 1)
		return say_fail(EX_USAGE, "one URL or folder, see -h");
	if (optind < argc)
		options->target = argv[optind];
	if (options->json && options->quiet)
		return say_fail(
		    EX_USAGE, "--json and --quiet exclude each other");
	if (strstr(options->target, "://"))
		return take_url(options, argv[optind]);
	/* Not repeated: it may hold a password. */
	return is_host(options->target)
		   ? say_fail(EX_USAGE,
			 "there is no such folder, and a URL begins with "
			 "https://")
		   : EX_OK;
}

static void
wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void
doctor_options_free(struct doctor_options *options)
{
	wipe(options->user);
	wipe(options->password);
	wipe(options->url);
	free(options->clean_url);
}
