/* mixspool log: shows what came and what was handed over, from the journal. */

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

#include "base/fd.h"
#include "base/say.h"
#include "spool/folder.h"
#include "tool/log_show.h"
#include "tool/options.h"
#include "tool/target.h"
#include "tool/tool.h"
#include "tool/when.h"

static const char usage[] =
    "usage: mixspool log [-f] [--since WHEN] [--refused] [--json] "
    "[DIR[/CAMPAIGN]]\n"
    "\n"
    "Shows what came and what was handed over, a line each, in local time: the "
    "last\n"
    "day of the journal. Without DIR it takes MIXSPOOL_DIR from the "
    "environment, or\n" MIXSPOOL_SPOOL ".\n"
    "\n"
    "  -f, --follow  go on with what comes; without --since, begin with the "
    "last 10\n"
    "                lines\n"
    "  --since WHEN  begin there: an age, as 12h or 2d, or a time in UTC, as\n"
    "                2026-11-28T17:55\n"
    "  --refused     only requests that were refused\n"
    "  --json        the lines as they are in the journal, see mixspool(5)\n";

#define SINCE_S 86400

struct options {
	bool follows, refused, json;
	const char *since_text; /* NULL: not given */
	time_t since;
	const char *path;
};

#define AT(member) offsetof(struct options, member)

static const struct options_entry entries[] = {
    {"follow", 'f', OPTIONS_FLAG, AT(follows), 0, 0, NULL},
    {"since", 0, OPTIONS_TEXT, AT(since_text), 0, 0, NULL},
    {"refused", 0, OPTIONS_FLAG, AT(refused), 0, 0, NULL},
    {"json", 0, OPTIONS_FLAG, AT(json), 0, 0, NULL},
};

static int
log_parse(int argc, char **argv, struct options *options)
{
	const time_t now = time(NULL);
	int status;

	*options = (struct options){.since = now - SINCE_S};
	status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, options);
	if (status != EX_OK)
		return status;
	if (options->since_text &&
	    when_parse(options->since_text, now, &options->since) < 0)
		return say_fail(EX_USAGE,
		    "--since is '%s': it takes " WHEN_TAKES,
		    options->since_text);
	if (argc - optind > 1)
		return say_fail(EX_USAGE, "one folder at a time, see -h");
	options->path = argc > optind ? argv[optind] : getenv("MIXSPOOL_DIR");
	if (!options->path || !*options->path)
		options->path = MIXSPOOL_SPOOL;
	return EX_OK;
}

int
log_journal(int argc, char **argv)
{
	struct target_fault fault = {0};
	struct options options;
	struct targets targets;
	struct log_show log;
	int status;

	status = log_parse(argc, argv, &options);
	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (targets_open(options.path, &targets, &fault) < 0)
		return say_fail(fault.status, "%s", fault.text);
	log = (struct log_show){
	    .spool = folder_open(targets.folder, targets.is_spool ? "." : ".."),
	    .campaign = targets.is_spool ? NULL : targets.names[0],
	    .from_ms = (int64_t)options.since * 1000,
	    .refused = options.refused,
	    .json = options.json,
	    .follows = options.follows,
	    .holds = options.follows && !options.since_text,
	    .folder = -1};
	status = log.spool < 0 ? say_fail(tool_status_of(errno),
				     "cannot open the spool of %s: %s",
				     options.path, strerror(errno))
			       : log_show(&log);
	log_show_free(&log);
	(void)fd_close(log.spool);
	targets_free(&targets);
	return status;
}
