#include "once/once_options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/number.h"
#include "base/say.h"
#include "tool/options.h"
#include "tool/when.h"

static const char usage[] =
    "usage: mixspool once STATE [OPTION]... -- COMMAND [ARGUMENT]...\n"
    "       mixspool once --init STATE\n"
    "\n"
    "Gives COMMAND who enters and who leaves, each once. Lines come from\n"
    "standard input, as mixspool drain hands them over; STATE, a file or a\n"
    "PostgreSQL database as postgresql://USER@HOST/DATABASE, knows who is in.\n"
    "\n"
    "      --again AGE   a user of a campaign, or a key, passes again after\n"
    "                    AGE, such as 12h or 30d; without it never again\n"
    "      --key NAME    alerts and events pass once for each value of NAME\n"
    "      --profiles    keep the last profile of who is in\n"
    "      --init        only make what STATE needs, once for a PostgreSQL "
    "database\n"
    "  -h, --help        this text\n"
    "\n"
    "The exit status is that of COMMAND, or 0 when no line passes; 65: a line\n"
    "is not one of the spool; 75: STATE cannot be used now. STATE changes "
    "only\n"
    "when COMMAND succeeds. See mixspool-once(1).\n";

#define AT(member) offsetof(struct once_options, member)
#define AGE_MAX ((uint64_t)100 * 365 * 86400)

static const struct options_entry entries[] = {
    {"again", 0, OPTIONS_TIME, AT(again_s), 1, AGE_MAX,
	"a time such as 12h or 30d"},
    {"key", 0, OPTIONS_TEXT, AT(key), 0, 0, NULL},
    {"init", 0, OPTIONS_FLAG, AT(init), 0, 0, NULL},
    {"profiles", 0, OPTIONS_FLAG, AT(profiles), 0, 0, NULL},
};

static const char *
variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

/* What drain says of a run. */
static void
read_environment(struct once_options *options)
{
	options->campaign = variable("MIXSPOOL_CAMPAIGN", "default");
	options->is_part = !strcmp(variable("MIXSPOOL_PART", "0"), "1");
	options->is_cut = !strcmp(variable("MIXSPOOL_CUT", "0"), "1");
	options->first_came = when_begun_us(variable("MIXSPOOL_FIRST", ""));
	options->last_came = when_begun_us(variable("MIXSPOOL_LAST", ""));
	if (number_parse_digits(variable("MIXSPOOL_USERS", ""), 1, UINT64_MAX,
		&options->lines) < 0)
		options->lines = 0;
}

int
once_options_parse(int argc, char **argv, struct once_options *options)
{
	int dashes = 1, status;

	*options = (struct once_options){0};
	read_environment(options);
	/* What is behind belongs to the command, also its options. */
	while (dashes < argc && strcmp(argv[dashes], "--") != 0)
		dashes++;
	if (dashes < argc)
		options->command = argv + dashes + 1;
	status = options_parse_anywhere(dashes, argv, usage, entries,
	    sizeof entries / sizeof *entries, options);
	if (status != EX_OK)
		return status;
	if (optind == dashes)
		return say_fail(EX_USAGE, "no STATE given, see -h");
	if (options->init && options->command)
		return say_fail(EX_USAGE, "--init takes no command, see -h");
	if (!options->init && !options->command)
		return say_fail(
		    EX_USAGE, "no -- in front of the command, see -h");
	if (optind + 1 != dashes)
		return say_fail(EX_USAGE, "one STATE is all that stands in "
					  "front of the --, see -h");
	if (!options->init && !options->command[0])
		return say_fail(EX_USAGE, "no command after the --, see -h");
	options->state = argv[optind];
	return EX_OK;
}
