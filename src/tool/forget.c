/* mixspool forget: takes people out of every batch at rest. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "spool/folder.h"
#include "spool/lock.h"
#include "spool/spool.h"
#include "tool/at_rest.h"
#include "tool/each_campaign.h"
#include "tool/forget_batch.h"
#include "tool/lock_wait.h"
#include "tool/options.h"
#include "tool/tool.h"
#include "users/user.h"

static const char usage[] =
    "usage: mixspool forget [OPTION]... DIR[/CAMPAIGN] ID...\n"
    "\n"
    "Takes the lines about some people out of every batch in new/, failed/, "
    "aside/ and\n"
    "done/, and prints how many. The ID - stands for ids from standard input: "
    "the list\n"
    "of processes shows arguments to everybody.\n"
    "\n"
    "      --from FILE  also the ids in FILE, one a line\n"
    "      --wait TIME  for the end of a drain's run; 30s by default\n"
    "  -n, --dry-run    only report how many lines there are\n"
    "  -h, --help       this text\n";

struct forget_options {
	const char *from;
	uint64_t wait;
	bool is_dry;
};

#define AT(member) offsetof(struct forget_options, member)

static const struct options_entry entries[] = {
    {"from", 0, OPTIONS_TEXT, AT(from), 0, 0, NULL},
    {"wait", 0, OPTIONS_TIME, AT(wait), 0, LOCK_WAIT_MAX,
	"seconds, or a number with m or h"},
    {"dry-run", 'n', OPTIONS_FLAG, AT(is_dry), 0, 0, NULL},
};

/* What this tool cannot reach, whatever it found. */
static const char not_reached[] =
    "not reached: what commands were given already; STATE of mixspool once, "
    "which has\n"
    "ids, see mixspool members; backups and snapshots; requests that arrive "
    "now. The\n"
    "journal has no ids.\n";

struct forget {
	const struct forget_options *options;
	struct pick pick;
	struct forget_folders folders;
	const char *campaign; /* NULL: none was opened */
	enum at_rest_state state;
	size_t lines, batches; /* taken out, and batches that had them */
	bool failed;           /* some may be there, which was reported */
};

static void
forget_fail(struct forget *forget, const char *batch, const char *why)
{
	say("%s: %s/%s may still be about them: %s", forget->campaign,
	    at_rest_names[forget->state], batch, why);
	forget->failed = true;
}

/* One that another process has taken meanwhile is handed over, or in a folder
   that comes later. */
static int
forget_one(int folder, const char *batch, void *context)
{
	struct forget *forget = context;
	struct pick_counts counts = {0};

	forget->folders.state = folder;
	if (forget_batch(&forget->pick, &forget->folders, batch,
		forget->options->is_dry, &counts) < 0) {
		if (errno != ENOENT)
			forget_fail(forget, batch,
			    errno == ELOOP    ? "it is a symbolic link"
			    : errno == EMLINK ? "it has a second hard link"
					      : lock_strerror(errno));
		return 0;
	}
	forget->lines += counts.wanted;
	forget->batches += counts.wanted > 0;
	if (counts.unknown > 0)
		forget_fail(forget, batch, "a line of it is not JSON");
	return 0;
}

/* A forget before this one may have died before its syncs. */
static int
forget_in(struct forget *forget)
{
	const struct forget_folders *folders = &forget->folders;

	if (at_rest_each(folders->campaign, forget->state, forget_one, forget) <
	    0)
		return -1;
	return forget->options->is_dry
		   ? 0
		   : at_rest_sync(folders->campaign, forget->state);
}

static void
forget_states(struct forget *forget)
{
	int state;

	for (state = 0; state < AT_REST_STATES; state++) {
		forget->state = (enum at_rest_state)state;
		forget->pick.is_aside = forget->folders.keeps_names =
		    state == AT_REST_ASIDE;
		if (forget_in(forget) == 0)
			continue;
		say("%s: cannot take them out of %s/: %s", forget->campaign,
		    at_rest_names[state], strerror(errno));
		forget->failed = true;
	}
}

/* With the lock, so that no living drain has a file in tmp/. A receiver may
   have one: its files are removed when they are old. */
static int
forget_tmp(struct forget *forget)
{
	struct campaign campaign = {.tmp = -1};

	if (forget->options->is_dry)
		return 0;
	forget->folders.tmp = at_rest_make(forget->folders.campaign, "tmp");
	if (forget->folders.tmp < 0 ||
	    forget_leftovers(forget->folders.tmp) < 0)
		return -1;
	campaign.tmp = forget->folders.tmp;
	spool_sweep(&campaign);
	return 0;
}

static int
forget_with_lock(struct forget *forget)
{
	if (forget_tmp(forget) < 0) {
		say("%s: cannot empty tmp/: %s", forget->campaign,
		    strerror(errno));
		forget->failed = true;
	}
	if (forget->options->is_dry || forget->folders.tmp >= 0)
		forget_states(forget);
	if (forget->folders.tmp >= 0 && fsync(forget->folders.tmp) < 0) {
		say("%s: tmp/ may still have what batches were: %s",
		    forget->campaign, strerror(errno));
		forget->failed = true;
	}
	(void)fd_close(forget->folders.tmp);
	printf("%s: %s %zu line%s of %zu batch%s\n", forget->campaign,
	    forget->options->is_dry ? "would take out" : "took out",
	    forget->lines, tool_plural(forget->lines), forget->batches,
	    forget->batches == 1 ? "" : "es");
	return forget->failed ? EX_TEMPFAIL : EX_OK;
}

static int
forget_campaign(const struct target *target, void *context)
{
	struct forget *forget = context;
	int lock = -1, status;

	forget->campaign = target->name;
	forget->folders =
	    (struct forget_folders){target->folder, -1, -1, false};
	forget->lines = forget->batches = 0;
	forget->failed = false;
	if (!forget->options->is_dry &&
	    (lock = at_rest_lock(
		 target, forget->options->wait, "nobody was taken out")) < 0)
		return EX_TEMPFAIL;
	status = forget_with_lock(forget);
	(void)fd_close(lock);
	return status;
}

int
forget(int argc, char **argv)
{
	struct forget_options options = {.wait = LOCK_WAIT_SECONDS};
	struct ids ids = {0};
	struct forget forget = {.options = &options, .pick.ids = &ids};
	int status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, &options);

	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (optind == argc)
		return say_fail(EX_USAGE, "no folder given, see -h");
	status =
	    ids_take(&ids, argv + optind + 1, argc - optind - 1, options.from);
	if (status == EX_OK && ids.count == 0)
		status = say_fail(EX_USAGE, "no id given, see -h");
	user_init();
	if (status == EX_OK) {
		status = each_campaign(argv[optind], forget_campaign, &forget);
		if (forget.campaign)
			fputs(not_reached, stdout);
	}
	pick_free(&forget.pick);
	ids_free(&ids);
	return status;
}
