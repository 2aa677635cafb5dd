/* mixspool retry: puts refused batches back for the next drain, or tries again
   what the receiver set aside. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "spool/batches.h"
#include "spool/folder.h"
#include "spool/lock.h"
#include "tool/at_rest.h"
#include "tool/each_campaign.h"
#include "tool/options.h"
#include "tool/retry_aside.h"
#include "tool/target.h"
#include "tool/tool.h"

static const char usage[] =
    "usage: mixspool retry [--aside] DIR[/CAMPAIGN]...\n"
    "\n"
    "Moves the batches in failed/ back to new/, and prints how many.\n"
    "\n"
    "  --aside  tries the elements in aside/ again, after an upgrade: those "
    "that "
    "are\n"
    "           users now go to new/\n";

struct options {
	bool aside;
};

static const struct options_entry entries[] = {
    {"aside", 0, OPTIONS_FLAG, offsetof(struct options, aside), 0, 0, NULL},
};

#define MOVE "move failed/ to new/"

struct put_back {
	int folder, failed, new; /* of the campaign */
	size_t moved;
	size_t in_both;   /* batches that stay: a drain has the lock */
	const char *what; /* cannot be done, for the message */
};

/*
 * The batch is in new/, too. Only with the lock is it safe to remove it from
 * failed/: otherwise a drain could be removing it from new/.
 */
static int
take_from_failed(struct put_back *back, const char *name)
{
	pid_t holder;
	int lock = lock_campaign(back->folder, &holder), result;

	if (lock < 0) {
		back->what = "lock the file lock";
		return -1;
	}
	result = batch_move(back->failed, back->new, name);
	if (result < 0 && errno == EEXIST)
		result = unlinkat(back->failed, name, 0);
	fd_close(lock);
	return result;
}

static int
put_back_one(struct put_back *back, const char *name)
{
	int result = batch_move(back->failed, back->new, name);

	if (result < 0 && errno == EEXIST) {
		result = take_from_failed(back, name);
		if (result < 0 && errno == EAGAIN) {
			back->in_both++;
			back->what = MOVE;
			return 0;
		}
	}
	if (result == 0)
		back->moved++;
	return result == 0 || errno == ENOENT ? 0 : -1;
}

/* 0, or -1 and errno. Makes the names in new/ durable first. */
static int
put_all_back(struct put_back *back)
{
	struct batches batches;
	size_t i, before;
	int error = 0;

	do {
		before = back->moved;
		back->in_both = 0;
		if (batches_list(back->failed, &batches) < 0)
			return -1;
		for (i = 0; i < batches.count && !error; i++)
			if (put_back_one(back, batches.names[i]) < 0)
				error = errno;
		i = batches.count;
		batches_free(&batches);
	} while (i == BATCHES_MAX && !error && back->moved > before);
	if (fsync(back->new) < 0 || fsync(back->failed) < 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

static int
report_result(const struct put_back *back, const char *name)
{
	printf("%s: %zu batch%s back in new/\n", name, back->moved,
	    back->moved == 1 ? "" : "es");
	if (!back->in_both)
		return EX_OK;
	say("%s: %zu batch%s also in new/ cannot leave failed/ while a drain "
	    "runs",
	    name, back->in_both,
	    back->in_both == 1 ? " that is" : "es that are");
	return EX_TEMPFAIL;
}

static int
retry_campaign(const struct target *target, void *context)
{
	struct put_back back = {
	    .folder = target->folder,
	    .failed = folder_open(target->folder, "failed"),
	    .new = -1,
	    .what = MOVE,
	};
	int result = EX_TEMPFAIL;

	(void)context;
	if (back.failed < 0 && errno == ENOENT) {
		printf("%s: nothing in failed/\n", target->name);
		return EX_OK;
	}
	if (back.failed >= 0)
		back.new = folder_open(target->folder, "new");
	if (back.failed >= 0 && back.new >= 0 && put_all_back(&back) == 0)
		result = report_result(&back, target->name);
	else
		say("%s: cannot %s: %s", target->name, back.what,
		    lock_strerror(errno));
	fd_close(back.new);
	fd_close(back.failed);
	return result;
}

/* Opens the folders of a campaign; errno. */
static int
open_aside(const struct target *target, struct retry_aside *retry)
{
	*retry = (struct retry_aside){
	    .folder = target->folder, .new = -1, .tmp = -1};
	retry->aside = folder_open(target->folder, "aside");
	if (retry->aside < 0)
		return -1;
	retry->new = folder_open(target->folder, "new");
	retry->tmp = at_rest_make(target->folder, "tmp");
	return retry->new >= 0 && retry->tmp >= 0 ? 0 : -1;
}

static int
try_aside(const struct target *target, struct retry_aside *retry)
{
	const char *name = target->name;
	pid_t holder;
	int lock = lock_campaign(target->folder, &holder), result;

	if (lock < 0 && errno == EAGAIN)
		return say_fail(
		    EX_TEMPFAIL, "%s: a drain or another retry runs", name);
	if (lock < 0)
		return say_fail(EX_TEMPFAIL,
		    "%s: cannot lock the file lock: %s", name,
		    lock_strerror(errno));
	result = retry_aside(retry);
	if (result < 0)
		say("%s: cannot move users from aside/ to new/: %s", name,
		    lock_strerror(errno));
	fd_close(lock);
	printf("%s: %zu user%s of aside/ in new/, %zu element%s left\n", name,
	    retry->users, tool_plural(retry->users), retry->left,
	    tool_plural(retry->left));
	return result < 0 ? EX_TEMPFAIL : EX_OK;
}

static int
retry_campaign_aside(const struct target *target, void *context)
{
	struct retry_aside retry;
	int result = EX_OK;

	(void)context;
	if (open_aside(target, &retry) == 0)
		result = try_aside(target, &retry);
	else if (retry.aside < 0 && errno == ENOENT)
		printf("%s: nothing in aside/\n", target->name);
	else
		result = say_fail(EX_TEMPFAIL,
		    "%s: cannot move users from aside/ to new/: %s",
		    target->name, strerror(errno));
	fd_close(retry.tmp);
	fd_close(retry.new);
	fd_close(retry.aside);
	return result;
}

int
retry(int argc, char **argv)
{
	struct options options = {false};
	int status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, &options);
	int result = EX_OK;

	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (optind == argc)
		return say_fail(EX_USAGE, "no campaign given, see -h");
	for (; optind < argc; optind++) {
		status = each_campaign(argv[optind],
		    options.aside ? retry_campaign_aside : retry_campaign,
		    NULL);
		if (status != EX_OK)
			result = status;
	}
	return result;
}
