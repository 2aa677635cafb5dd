/* mixspool replay: puts what was handed over back for the next drain. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "spool/batches.h"
#include "spool/folder.h"
#include "spool/lock.h"
#include "tool/at_rest.h"
#include "tool/each_campaign.h"
#include "tool/lock_wait.h"
#include "tool/options.h"
#include "tool/pick.h"
#include "tool/tool.h"
#include "tool/when.h"
#include "users/user.h"

static const char usage[] =
    "usage: mixspool replay [OPTION]... DIR/CAMPAIGN --since WHEN [ID]...\n"
    "\n"
    "Puts the batches of done/ that were begun since WHEN back into new/, for "
    "the next\n"
    "drain; or only the lines about some ids, as batches of their own: the "
    "batches\n"
    "then stay in done/. The ID - stands for ids from standard input.\n"
    "\n"
    "      --since WHEN  an age, as 12h or 2d, or UTC, as 2026-11-28T17:55\n"
    "      --from FILE   also the ids in FILE, one a line\n"
    "      --wait TIME   for the end of a drain's run; 30s by default\n"
    "  -n, --dry-run     only report what would be put back\n"
    "  -h, --help        this text\n";

struct replay_options {
	const char *since, *from;
	uint64_t wait;
	bool is_dry;
};

#define AT(member) offsetof(struct replay_options, member)

static const struct options_entry entries[] = {
    {"since", 0, OPTIONS_TEXT, AT(since), 0, 0, NULL},
    {"from", 0, OPTIONS_TEXT, AT(from), 0, 0, NULL},
    {"wait", 0, OPTIONS_TIME, AT(wait), 0, LOCK_WAIT_MAX,
	"seconds, or a number with m or h"},
    {"dry-run", 'n', OPTIONS_FLAG, AT(is_dry), 0, 0, NULL},
};

struct replay {
	const struct replay_options *options;
	time_t since;
	struct pick pick;
	const char *campaign;
	int folder, tmp, new;
	size_t batches, lines; /* that are back */
	bool failed;           /* some are not, which was reported */
};

/* The lines of an open batch that are wanted become a batch of their own in
   new/, which is as old. 0, or -1 and errno. */
static int
put_part(struct replay *replay, const char *batch, int file)
{
	struct pick_counts counts;
	batch_name name;

	if (pick_count(&replay->pick, file, &counts) < 0)
		return -1;
	if (counts.wanted == 0)
		return 0;
	if (!replay->options->is_dry) {
		if (batch_name_beside(batch, counts.wanted, replay->new, name) <
			0 ||
		    pick_write(&replay->pick, file, true, replay->folder,
			replay->tmp, name) < 0)
			return -1;
		if (folder_rename(replay->tmp, name, replay->new, name) < 0)
			return pick_undo(replay->tmp, name);
	}
	replay->batches++;
	replay->lines += counts.wanted;
	return 0;
}

static int
replay_part(struct replay *replay, int done, const char *batch)
{
	int file = batch_open(done, batch), result = -1;

	if (file >= 0)
		result = put_part(replay, batch, file);
	(void)fd_close(file);
	return result;
}

/* A batch that is in new/ too, as after a crash, is there already. */
static int
replay_whole(struct replay *replay, int done, const char *batch)
{
	size_t lines;
	uint64_t bytes;

	if (batch_count_users(done, batch, &lines, &bytes) < 0)
		return -1;
	if (!replay->options->is_dry &&
	    batch_move(done, replay->new, batch) < 0 &&
	    (errno != EEXIST || unlinkat(done, batch, 0) < 0))
		return -1;
	replay->batches++;
	replay->lines += lines;
	return 0;
}

static int
replay_batch(int done, const char *batch, void *context)
{
	struct replay *replay = context;
	const time_t begun = when_begun(batch);
	int result;

	if (begun < replay->since)
		return 0;
	result = replay->pick.ids->count > 0
		     ? replay_part(replay, done, batch)
		     : replay_whole(replay, done, batch);
	if (result < 0 && errno != ENOENT && !at_rest_is_stranger(errno)) {
		say("%s: cannot put done/%s back: %s", replay->campaign, batch,
		    lock_strerror(errno));
		replay->failed = true;
	}
	return 0;
}

/* New names are durable before the old ones go. */
static int
sync_folders(const struct replay *replay)
{
	if (replay->options->is_dry)
		return 0;
	if (fsync(replay->new) < 0)
		return -1;
	return at_rest_sync(replay->folder, AT_REST_DONE);
}

/* With the lock, unless it is dry. */
static int
replay_all(struct replay *replay)
{
	const bool is_dry = replay->options->is_dry;

	if (!is_dry) {
		replay->tmp = at_rest_make(replay->folder, "tmp");
		replay->new = at_rest_make(replay->folder, "new");
	}
	if ((!is_dry && (replay->tmp < 0 || replay->new < 0 ||
			    fsync(replay->folder) < 0)) ||
	    at_rest_each(replay->folder, AT_REST_DONE, replay_batch, replay) <
		0 ||
	    sync_folders(replay) < 0) {
		say("%s: cannot move done/ to new/: %s", replay->campaign,
		    strerror(errno));
		replay->failed = true;
	}
	(void)fd_close(replay->tmp);
	(void)fd_close(replay->new);
	printf("%s: %zu user%s in %zu batch%s %s new/\n", replay->campaign,
	    replay->lines, tool_plural(replay->lines), replay->batches,
	    replay->batches == 1 ? "" : "es",
	    is_dry ? "would be put back in" : "back in");
	return replay->failed ? EX_TEMPFAIL : EX_OK;
}

static int
replay_campaign(const struct target *target, void *context)
{
	struct replay *replay = context;
	int lock = -1, status;

	replay->campaign = target->name;
	replay->folder = target->folder;
	replay->tmp = replay->new = -1;
	if (!replay->options->is_dry &&
	    (lock = at_rest_lock(
		 target, replay->options->wait, "nothing was put back")) < 0)
		return EX_TEMPFAIL;
	status = replay_all(replay);
	(void)fd_close(lock);
	return status;
}

/* Nobody means to put back what all campaigns have handed over. */
static int
refuse_spool(const char *path)
{
	struct target_fault fault = {0};
	struct targets targets;
	bool is_spool;

	if (targets_open(path, &targets, &fault) < 0)
		return say_fail(fault.status, "%s", fault.text);
	is_spool = targets.is_spool;
	targets_free(&targets);
	return is_spool ? say_fail(EX_USAGE,
			      "%s is a spool: name a campaign of it, "
			      "DIR/CAMPAIGN",
			      path)
			: EX_OK;
}

static int
replay_parse(int argc, char **argv, struct replay_options *options,
    struct replay *replay)
{
	int status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, options);

	if (status != EX_OK)
		return status;
	if (optind == argc)
		return say_fail(EX_USAGE, "no campaign given, see -h");
	if (!options->since)
		return say_fail(EX_USAGE, "no --since given, see -h");
	if (when_parse(options->since, time(NULL), &replay->since) < 0)
		return say_fail(EX_USAGE, "--since is '%s': it takes %s",
		    options->since, WHEN_TAKES);
	return refuse_spool(argv[optind]);
}

int
replay(int argc, char **argv)
{
	struct replay_options options = {.wait = LOCK_WAIT_SECONDS};
	struct ids ids = {0};
	struct replay replay = {.options = &options, .pick.ids = &ids};
	int status = replay_parse(argc, argv, &options, &replay);

	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	status =
	    ids_take(&ids, argv + optind + 1, argc - optind - 1, options.from);
	user_init();
	if (status == EX_OK)
		status = each_campaign(argv[optind], replay_campaign, &replay);
	pick_free(&replay.pick);
	ids_free(&ids);
	return status;
}
