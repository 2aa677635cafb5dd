/* mixspool stat: shows people and programs how much is waiting. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/number.h"
#include "base/say.h"
#include "tool/options.h"
#include "tool/overview.h"
#include "tool/report.h"
#include "tool/target.h"
#include "tool/tool.h"

static const char usage[] =
    "usage: mixspool stat [--json | --prometheus] [--socket SOCKET]\n"
    "                     [-w AGE] [-c AGE] [-a COUNT] [--silent AGE] "
    "[--refused COUNT]\n"
    "                     [DIR[/CAMPAIGN]]\n"
    "\n"
    "Shows for each campaign the users that came today (UTC) and the requests "
    "refused\n"
    "today, how long ago something arrived, how many users wait, the age of "
    "the oldest\n"
    "batch, how long ago some were taken, the batches in failed/, the elements "
    "in\n"
    "aside/, the batches in done/; and why something was refused. Without DIR "
    "it takes\n"
    "MIXSPOOL_DIR from the environment, or " MIXSPOOL_SPOOL ".\n"
    "\n"
    "  --json        for programs, with all that is known\n"
    "  --prometheus  for node_exporter's textfile collector\n"
    "  --socket SOCKET  ask the receiver at this path whether it can store\n"
    "\n"
    "As a Nagios plugin: one line, and an exit status.\n"
    "\n"
    "  -w AGE -c AGE 1 (-w) or 2 (-c) if a batch has waited for longer than "
    "AGE:\n"
    "                seconds, or with m, h or d\n"
    "  -a COUNT      up to COUNT elements in aside/ are no reason for 1\n"
    "  --silent AGE  1 if nothing has come to a campaign for longer than AGE\n"
    "  --refused COUNT  1 if more than COUNT requests were refused today\n"
    "\n"
    "With each of these it is 1 also if failed/ has batches, aside/ has "
    "elements, or a\n"
    "batch is dated after now; and 2 if the receiver, asked by --socket, "
    "cannot store.\n";

struct options {
	const char *path, *socket;
	const char *warning_text, *critical_text, *silent_text;
	const char *aside_text, *refused_text;
	int format;  /* of enum format */
	bool plugin; /* a limit was given */
	struct report_limits limits;
};

enum format { TABLE, JSON, PROMETHEUS };

#define AT(member) offsetof(struct options, member)

static const struct options_entry entries[] = {
    {"json", 0, OPTIONS_CHOICE, AT(format), JSON, 0, NULL},
    {"prometheus", 0, OPTIONS_CHOICE, AT(format), PROMETHEUS, 0, NULL},
    {"socket", 0, OPTIONS_TEXT, AT(socket), 0, 0, NULL},
    {"silent", 0, OPTIONS_TEXT, AT(silent_text), 0, 0, NULL},
    {"refused", 0, OPTIONS_TEXT, AT(refused_text), 0, 0, NULL},
    {NULL, 'w', OPTIONS_TEXT, AT(warning_text), 0, 0, NULL},
    {NULL, 'c', OPTIONS_TEXT, AT(critical_text), 0, 0, NULL},
    {NULL, 'a', OPTIONS_TEXT, AT(aside_text), 0, 0, NULL},
};

/* TEXT may be NULL: then AGE stays as it is. */
static int
parse_age(const char *option, const char *text, uint64_t *age)
{
	if (!text || number_parse_time(text, 0, UINT32_MAX, age) == 0)
		return EX_OK;
	return say_fail(EX_USAGE,
	    "%s is '%s': it takes seconds, or a number with m, h or d", option,
	    text);
}

static int
parse_count(const char *option, const char *text, uint64_t *count)
{
	if (!text || number_parse(text, 0, UINT32_MAX, count) == 0)
		return EX_OK;
	return say_fail(
	    EX_USAGE, "%s is '%s': it takes a number", option, text);
}

static int
parse_limits(struct options *options)
{
	struct report_limits *limits = &options->limits;
	int status = parse_age("-w", options->warning_text, &limits->warning);

	if (status == EX_OK)
		status =
		    parse_age("-c", options->critical_text, &limits->critical);
	if (status == EX_OK)
		status = parse_age(
		    "--silent", options->silent_text, &limits->silent);
	if (status == EX_OK)
		status = parse_count("-a", options->aside_text, &limits->aside);
	if (status == EX_OK)
		status = parse_count(
		    "--refused", options->refused_text, &limits->refused);
	if (status == EX_OK && options->socket && !strchr(options->socket, '/'))
		status = say_fail(EX_USAGE,
		    "--socket is '%s': it takes a path, with a slash",
		    options->socket);
	return status;
}

static int
stat_parse(int argc, char **argv, struct options *options)
{
	int status;

	*options = (struct options){
	    .limits = {REPORT_NONE, REPORT_NONE, REPORT_NONE, 0, REPORT_NONE}};
	status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, options);
	/* Set also after wrong use, which a plugin reports in its own way. */
	options->plugin = options->warning_text || options->critical_text ||
			  options->aside_text || options->silent_text ||
			  options->refused_text;
	if (status == EX_OK)
		status = parse_limits(options);
	if (status != EX_OK)
		return status;
	if (argc - optind > 1)
		return say_fail(EX_USAGE, "one folder at a time, see -h");
	options->path = argc > optind ? argv[optind] : getenv("MIXSPOOL_DIR");
	if (!options->path || !*options->path)
		options->path = MIXSPOOL_SPOOL;
	return EX_OK;
}

static int
print_report(const struct options *options, const struct overview *overview)
{
	int result = 0;

	if (options->plugin)
		return report_plugin(overview, &options->limits);
	if (options->format == JSON)
		result = report_json(overview);
	else if (options->format == PROMETHEUS)
		report_prometheus(overview);
	else
		report_table(overview);
	return result < 0 ? say_fail(EX_OSERR, "no memory") : EX_OK;
}

/* Nagios shows only standard output. */
static int
plugin_unknown(void)
{
	puts("MIXSPOOL UNKNOWN - the spool cannot be read, or the options are "
	     "wrong");
	return NAGIOS_UNKNOWN;
}

static int
read_and_report(const struct options *options, const struct targets *targets)
{
	struct overview overview;
	int status = overview_read(targets, options->socket, &overview);

	/* A campaign that was not read may be the one to warn about. */
	if (options->plugin && (status != EX_OK || overview.is_incomplete))
		status = plugin_unknown();
	else if (status == EX_OK)
		status = print_report(options, &overview);
	if (status == EX_OK && overview.is_incomplete)
		status = EX_NOPERM;
	overview_free(&overview);
	return status;
}

int
stat_spool(int argc, char **argv)
{
	struct target_fault fault = {0};
	struct options options;
	struct targets targets;
	int status;

	status = stat_parse(argc, argv, &options);
	if (status < 0)
		return EX_OK;
	if (status == EX_OK && targets_open(options.path, &targets, &fault) < 0)
		status = say_fail(fault.status, "%s", fault.text);
	if (status != EX_OK)
		return options.plugin ? plugin_unknown() : status;
	status = read_and_report(&options, &targets);
	targets_free(&targets);
	return status;
}
