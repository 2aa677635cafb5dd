/* mixspool stat: shows people and programs how much is waiting. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/say.h"
#include "tool/counts.h"
#include "tool/options.h"
#include "tool/report.h"
#include "tool/target.h"
#include "tool/tool.h"

static const char usage[] =
    "usage: mixspool stat [--json | --prometheus] [-w AGE] [-c AGE] [-a COUNT] "
    "[DIR[/CAMPAIGN]]\n"
    "\n"
    "Shows for each campaign how many batches, users and bytes wait, the ages "
    "of the\n"
    "oldest and the newest batch, and how many batches are in failed/, "
    "elements in\n"
    "aside/ and files in tmp/. Without DIR it takes MIXSPOOL_DIR from the "
    "environment,\n"
    "or " MIXSPOOL_SPOOL ".\n"
    "\n"
    "  --json        for programs\n"
    "  --prometheus  for node_exporter's textfile collector\n"
    "  -w AGE -c AGE as a Nagios plugin: one line, exit 1 (-w) or 2 (-c) if a "
    "batch\n"
    "                has waited for longer than AGE: seconds, or with m, h or "
    "d;\n"
    "                exit 1 also if failed/ has batches, or aside/ elements\n"
    "  -a COUNT      the same, with or without an age; up to COUNT elements in "
    "aside/\n"
    "                are no reason\n";

struct options {
	const char *path, *warning_text, *critical_text, *aside_text;
	int format;  /* of enum format */
	bool plugin; /* a limit was given */
	struct report_limits limits;
};

enum format { TABLE, JSON, PROMETHEUS };

#define AT(member) offsetof(struct options, member)

static const struct options_entry entries[] = {
    {"json", 0, OPTIONS_CHOICE, AT(format), JSON, 0, NULL},
    {"prometheus", 0, OPTIONS_CHOICE, AT(format), PROMETHEUS, 0, NULL},
    {NULL, 'w', OPTIONS_TEXT, AT(warning_text), 0, 0, NULL},
    {NULL, 'c', OPTIONS_TEXT, AT(critical_text), 0, 0, NULL},
    {NULL, 'a', OPTIONS_TEXT, AT(aside_text), 0, 0, NULL},
};

/* TEXT may be NULL: then AGE stays as it is. */
static int
parse_age(char letter, const char *text, uint64_t *age)
{
	if (!text || number_parse_time(text, 0, UINT32_MAX, age) == 0)
		return EX_OK;
	return say_fail(EX_USAGE,
	    "-%c is '%s': it takes seconds, or a number with m, h or d", letter,
	    text);
}

static int
parse_limits(struct options *options)
{
	struct report_limits *limits = &options->limits;
	int status = parse_age('w', options->warning_text, &limits->warning);

	if (status == EX_OK)
		status =
		    parse_age('c', options->critical_text, &limits->critical);
	if (status == EX_OK && options->aside_text &&
	    number_parse(options->aside_text, 0, UINT32_MAX, &limits->aside) <
		0)
		status = say_fail(EX_USAGE, "-a is '%s': it takes a number",
		    options->aside_text);
	return status;
}

static int
stat_parse(int argc, char **argv, struct options *options)
{
	int status;

	*options =
	    (struct options){.limits = {REPORT_NO_AGE, REPORT_NO_AGE, 0}};
	status = options_parse(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, options);
	/* Set also after wrong use, which a plugin reports in its own way. */
	options->plugin = options->warning_text || options->critical_text ||
			  options->aside_text;
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
print_report(
    const struct options *options, const struct counts *counts, size_t count)
{
	time_t now = time(NULL);
	int result = 0;

	if (options->plugin)
		return report_plugin(counts, count, now, &options->limits);
	if (options->format == JSON)
		result = report_json(counts, count, now);
	else if (options->format == PROMETHEUS)
		report_prometheus(counts, count);
	else
		result = report_table(counts, count, now);
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

/* Fills COUNTS. Sets *INCOMPLETE when a campaign cannot be opened. */
static int
read_all(const struct targets *targets, struct counts *counts, size_t *count,
    bool *incomplete)
{
	struct target target;
	enum target_state state;
	int status = EX_OK;
	size_t i;

	for (i = 0; i < targets->count && status == EX_OK; i++) {
		state = target_open(targets, i, &target);
		if (state == TARGET_CLOSED) {
			say("cannot open campaign %s: %s", target.name,
			    strerror(errno));
			*incomplete = true;
		}
		if (state != TARGET_OPEN)
			continue;
		if (counts_read(&target, &counts[(*count)++]) < 0)
			status = say_fail(tool_status_of(errno),
			    "cannot read campaign %s: %s", target.name,
			    strerror(errno));
		target_close(&target);
	}
	return status;
}

static int
read_and_report(const struct options *options, const struct targets *targets)
{
	struct counts *counts = calloc(targets->count + 1, sizeof *counts);
	bool incomplete = false;
	size_t count = 0, i;
	int status;

	if (!counts)
		return say_fail(EX_OSERR, "no memory");
	status = read_all(targets, counts, &count, &incomplete);
	/* A campaign that was not read may be the one to warn about. */
	if (options->plugin && (status != EX_OK || incomplete))
		status = plugin_unknown();
	else if (status == EX_OK)
		status = print_report(options, counts, count);
	if (status == EX_OK && incomplete)
		status = EX_NOPERM;
	for (i = 0; i < count; i++)
		counts_free(&counts[i]);
	free(counts);
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
