/* mixspool report: the status page of the receiver, as a file. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "journal/day.h"
#include "status/status_page.h"
#include "tool/options.h"
#include "tool/target.h"
#include "tool/tool.h"

static const char usage[] =
    "usage: mixspool report [DIR[/CAMPAIGN]] >report.html\n"
    "\n"
    "Writes the receiver's status page to standard output: users per hour, "
    "what was\n"
    "refused and why, what waits, and the last hand-over. It is one file of "
    "HTML, which\n"
    "loads nothing and has no data of users. Without DIR it takes "
    "MIXSPOOL_DIR from\n"
    "the environment, or " MIXSPOOL_SPOOL ".\n"
    "\n"
    "  -h, --help  this text\n";

/* Unless the receiver has other settings. */
#define MIN_FREE ((uint64_t)64 << 20)
#define MIN_FILES 32

static int
report_write(int spool, const char *campaign)
{
	const struct status_page page = {
	    .campaign = campaign, .room = {MIN_FREE, MIN_FILES}};
	char text[CONDITION_SIZE];
	struct html html = {0};
	struct facts facts;
	int status = EX_OK;

	if (facts_read(spool, campaign, day_now_ms(), &facts) < 0)
		return say_fail(tool_status_of(errno),
		    "cannot read the spool: %s", strerror(errno));
	status_page_write(&html, &page, &facts);
	if (facts.journal.kind == CONDITION_UNREADABLE)
		status = say_fail(tool_status_of(facts.journal.error), "%s",
		    condition_say(&facts.journal, text));
	facts_free(&facts);
	if (html.failed)
		status = say_fail(EX_OSERR, "no memory");
	else
		fwrite(html.text, 1, html.size, stdout);
	html_free(&html);
	return status;
}

/* Of a campaign the spool is the folder above. */
static int
report_target(const struct targets *targets)
{
	int above, status;

	if (targets->is_spool)
		return report_write(targets->folder, NULL);
	above =
	    openat(targets->folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above < 0)
		return say_fail(tool_status_of(errno),
		    "cannot open the spool above: %s", strerror(errno));
	status = report_write(above, targets->names[0]);
	fd_close(above);
	return status;
}

int
status_report(int argc, char **argv)
{
	struct target_fault fault = {0};
	struct targets targets;
	const char *path;
	int status = options_parse(argc, argv, usage, NULL, 0, NULL);

	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (argc - optind > 1)
		return say_fail(EX_USAGE, "one folder at a time, see -h");
	path = argc > optind ? argv[optind] : getenv("MIXSPOOL_DIR");
	if (!path || !*path)
		path = MIXSPOOL_SPOOL;
	if (targets_open(path, &targets, &fault) < 0)
		return say_fail(fault.status, "%s", fault.text);
	status = report_target(&targets);
	targets_free(&targets);
	return status;
}
