/* mixspool expire: removes batches that are old enough. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/say.h"
#include "spool/batches.h"
#include "spool/lock.h"
#include "tool/at_rest.h"
#include "tool/each_campaign.h"
#include "tool/lock_wait.h"
#include "tool/options.h"
#include "tool/tool.h"
#include "tool/when.h"

static const char usage[] =
    "usage: mixspool expire [OPTION]... DIR[/CAMPAIGN]...\n"
    "\n"
    "Removes batches that were begun longer ago than AGE, by the time in their "
    "names,\n"
    "and prints how much that was. It leaves new/ and tmp/ alone.\n"
    "\n"
    "      --done AGE    from done/; an AGE is a number with s, m, h or d: "
    "30d\n"
    "      --failed AGE  from failed/\n"
    "      --aside AGE   from aside/\n"
    "      --wait TIME   for the end of a drain's run; 30s by default\n"
    "  -n, --dry-run     only report what would be removed\n"
    "  -h, --help        this text\n";

#define TURN_MS 100 /* with the lock, and without it */

struct expire_options {
	const char *ages[AT_REST_STATES]; /* NULL: not from this folder */
	uint64_t wait;
	bool is_dry;
};

#define AT(member) offsetof(struct expire_options, member)
#define AGE(state) AT(ages) + (state) * sizeof(const char *)

static const struct options_entry entries[] = {
    {"done", 0, OPTIONS_TEXT, AGE(AT_REST_DONE), 0, 0, NULL},
    {"failed", 0, OPTIONS_TEXT, AGE(AT_REST_FAILED), 0, 0, NULL},
    {"aside", 0, OPTIONS_TEXT, AGE(AT_REST_ASIDE), 0, 0, NULL},
    {"wait", 0, OPTIONS_TIME, AT(wait), 0, LOCK_WAIT_MAX,
	"seconds, or a number with m or h"},
    {"dry-run", 'n', OPTIONS_FLAG, AT(is_dry), 0, 0, NULL},
};

struct expire {
	const struct expire_options *options;
	const struct target *target;
	int lock;                      /* or -1 */
	int64_t since_ms;              /* it is held, by clock_ms */
	time_t before[AT_REST_STATES]; /* begun by then, a batch is too old */
	/* of the folder that is being read: */
	const char *campaign;
	enum at_rest_state state;
	uint64_t batches, users, bytes; /* removed */
	bool failed;                    /* some were not, which was reported */
};

/* What is not a file is not a batch, and not removed. 0, or -1 and errno. */
static int
remove_batch(struct expire *expire, int folder, const char *batch)
{
	struct stat status;
	uint64_t bytes;
	size_t users;

	if (fstatat(folder, batch, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	/* One that cannot be read goes all the same. */
	if (batch_count_users(folder, batch, &users, &bytes) < 0) {
		users = spool_name_lines(batch);
		bytes = (uint64_t)status.st_size;
	}
	if (!expire->options->is_dry && unlinkat(folder, batch, 0) < 0)
		return -1;
	expire->batches++;
	expire->users += users;
	expire->bytes += bytes;
	return 0;
}

/* 0, or -1 after a message, which ends with WHAT. */
static int
take_lock(struct expire *expire, const char *what)
{
	expire->lock =
	    at_rest_lock(expire->target, expire->options->wait, what);
	expire->since_ms = clock_ms();
	return expire->lock < 0 ? -1 : 0;
}

/* A drain that cron starts does not wait for the lock: it finds it free half of
   the time. */
static int
make_way(struct expire *expire)
{
	if (expire->lock < 0 || clock_ms() - expire->since_ms < TURN_MS)
		return 0;
	expire->lock = fd_close(expire->lock);
	poll(NULL, 0, TURN_MS);
	return take_lock(expire, "the rest was not removed");
}

/* A name without a day keeps its batch. */
static int
expire_batch(int folder, const char *batch, void *context)
{
	struct expire *expire = context;
	const time_t begun = when_begun(batch);

	if (begun == 0 || begun > expire->before[expire->state])
		return 0;
	if (remove_batch(expire, folder, batch) < 0 && errno != ENOENT) {
		say("%s: cannot remove %s/%s: %s", expire->campaign,
		    at_rest_names[expire->state], batch, lock_strerror(errno));
		expire->failed = true;
	}
	return make_way(expire);
}

/* Was the lock lost to another process? */
static bool
is_over(const struct expire *expire)
{
	return expire->lock < 0 && !expire->options->is_dry;
}

static void
expire_state(struct expire *expire, int campaign)
{
	const char *state = at_rest_names[expire->state];

	expire->batches = expire->users = expire->bytes = 0;
	if ((at_rest_each(campaign, expire->state, expire_batch, expire) < 0 &&
		!is_over(expire)) ||
	    (!expire->options->is_dry &&
		at_rest_sync(campaign, expire->state) < 0)) {
		say("%s: cannot remove batches from %s/: %s", expire->campaign,
		    state, strerror(errno));
		expire->failed = true;
	}
	printf("%s: %s %" PRIu64 " batch%s of %s/, %" PRIu64 " %s%s, %" PRIu64
	       " bytes\n",
	    expire->campaign,
	    expire->options->is_dry ? "would remove" : "removed",
	    expire->batches, expire->batches == 1 ? "" : "es", state,
	    expire->users, expire->state == AT_REST_ASIDE ? "element" : "user",
	    tool_plural(expire->users), expire->bytes);
}

static int
expire_campaign(const struct target *target, void *context)
{
	struct expire *expire = context;
	int state;

	expire->target = target;
	expire->campaign = target->name;
	expire->failed = false;
	expire->lock = -1;
	if (!expire->options->is_dry &&
	    take_lock(expire, "nothing was removed") < 0)
		return EX_TEMPFAIL;
	for (state = 0; state < AT_REST_STATES && !is_over(expire); state++) {
		expire->state = (enum at_rest_state)state;
		if (expire->options->ages[state])
			expire_state(expire, target->folder);
	}
	if (is_over(expire))
		expire->failed = true;
	expire->lock = fd_close(expire->lock);
	return expire->failed ? EX_TEMPFAIL : EX_OK;
}

static int
parse_ages(const struct expire_options *options, struct expire *expire)
{
	const time_t now = time(NULL);
	bool has_age = false;
	time_t age;
	int i;

	for (i = 0; i < AT_REST_STATES; i++) {
		if (!options->ages[i])
			continue;
		if (when_parse_age(options->ages[i], &age) < 0)
			return say_fail(EX_USAGE, "--%s is '%s': it takes %s",
			    at_rest_names[i], options->ages[i], WHEN_AGE_TAKES);
		expire->before[i] = now - age;
		has_age = true;
	}
	return has_age ? EX_OK
		       : say_fail(EX_USAGE,
			     "no --done, --failed or --aside given, see -h");
}

int
expire(int argc, char **argv)
{
	struct expire_options options = {.wait = LOCK_WAIT_SECONDS};
	struct expire expire = {.options = &options};
	int status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, &options);
	int result = EX_OK;

	if (status == EX_OK)
		status = parse_ages(&options, &expire);
	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (optind == argc)
		return say_fail(EX_USAGE, "no folder given, see -h");
	for (; optind < argc; optind++) {
		status = each_campaign(argv[optind], expire_campaign, &expire);
		if (status != EX_OK)
			result = status;
	}
	return result;
}
