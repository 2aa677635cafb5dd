/* The folders of a campaign stay open between two commits. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "spool/commit.h"
#include "spool/spool.h"
#include "unit.h"

static char folder[] = "/tmp/mixspool-unit-XXXXXX";
static int spool, openings;
static int64_t now;
static struct commit *commit;

int64_t __wrap_clock_ms(void);
int __real_campaign_open(int, const char *, struct campaign *);
int __wrap_campaign_open(int, const char *, struct campaign *);

int64_t
__wrap_clock_ms(void)
{
	return now;
}

int
__wrap_campaign_open(int parent, const char *name, struct campaign *campaign)
{
	openings++;
	return __real_campaign_open(parent, name, campaign);
}

static void
note_error(struct commit_request *request, int error)
{
	*(int *)request->context = error;
}

/* Commits one line to a campaign, as its name means it now. 0, or an errno. */
static int
put(const char *name)
{
	int error = -1;
	struct commit_request request = {.spool = spool,
	    .campaign = name,
	    .lines = {(char[]){"{}\n"}, 3},
	    .done = note_error,
	    .context = &error};

	assert_int_equal(campaign_stat(spool, name, &request.stat), 0);
	commit_hand_in(commit, &request);
	return error;
}

/* A command of the shell in the spool; $c is a campaign. */
static void
run(const char *campaign, const char *command)
{
	char line[512];

	snprintf(line, sizeof line, "cd %s && c=%s && %s", folder, campaign,
	    command);
	assert_int_equal(system(line), 0);
}

static int
batches_in(const char *path)
{
	char shown[256];
	DIR *stream;
	int count = 0;

	snprintf(shown, sizeof shown, "%s/%s", folder, path);
	stream = opendir(shown);
	assert_non_null(stream);
	while (readdir(stream))
		count++;
	closedir(stream);
	return count - 2;
}

static int
descriptors(void)
{
	DIR *stream = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(stream);
	while (readdir(stream))
		count++;
	closedir(stream);
	return count;
}

static void
begin(unsigned kept_max)
{
	openings = 0;
	commit = commit_new(1, kept_max);
	assert_non_null(commit);
}

static void
they_are_opened_once(void **state)
{
	const int before = descriptors();
	int i;

	(void)state;
	run("once", "mkdir $c");
	begin(1);
	for (i = 0; i < 10; i++)
		assert_int_equal(put("once"), 0);
	assert_int_equal(openings, 1);
	assert_int_equal(batches_in("once/new"), 10);
	assert_int_equal(descriptors(), before + COMMIT_KEEP_FOLDERS);
	commit_free(commit);
	assert_int_equal(descriptors(), before);
}

/* Each command replaces what the names mean; the next line goes there. */
static void
what_the_names_mean_now_counts(void **state)
{
	static const char *const replacing[] = {
	    "mv $c $c.away && mkdir $c",
	    "rm -r $c && mkdir $c",
	    "mv $c/new $c/new.away && mkdir $c/new",
	    "rm -r $c/new",
	    "mv $c/tmp $c/tmp.away && mkdir $c/tmp",
	    "rm -r $c/tmp",
	    "rm -r $c/tmp $c/new",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(replacing); i++) {
		char name[16], path[32];
		int there;

		snprintf(name, sizeof name, "named%zu", i);
		snprintf(path, sizeof path, "%s/new", name);
		run(name, "mkdir $c");
		begin(1);
		assert_int_equal(put(name), 0);
		run(name, replacing[i]);
		run(name, "mkdir -p $c/new");
		there = batches_in(path);
		assert_int_equal(put(name), 0);
		assert_int_equal(openings, 2);
		assert_int_equal(batches_in(path), there + 1);
		run(name, "test -z \"$(ls $c/tmp)\"");
		commit_free(commit);
	}
}

static void
new_permissions_count(void **state)
{
	(void)state;
	run("rights", "mkdir $c && chmod 700 $c");
	begin(1);
	assert_int_equal(put("rights"), 0);
	run("rights", "test -z \"$(find $c/new -perm -040 -type f)\"");
	run("rights", "chmod 750 $c");
	assert_int_equal(put("rights"), 0);
	assert_int_equal(openings, 1);
	run("rights", "test -n \"$(find $c/new -perm -040 -type f)\"");
	commit_free(commit);
}

static void
only_busy_ones_stay_open(void **state)
{
	const int before = descriptors();

	(void)state;
	run("busy", "mkdir ${c}1 ${c}2");
	begin(1);
	assert_int_equal(put("busy1"), 0);
	assert_int_equal(put("busy2"), 0);
	assert_int_equal(put("busy2"), 0);
	assert_int_equal(openings, 3);
	assert_int_equal(descriptors(), before + COMMIT_KEEP_FOLDERS);
	now += COMMIT_KEEP_MS - 1;
	commit_end_overdue(commit);
	assert_int_equal(descriptors(), before + COMMIT_KEEP_FOLDERS);
	now++;
	commit_end_overdue(commit);
	assert_int_equal(descriptors(), before);
	/* The other one may stay open now. */
	assert_int_equal(put("busy2"), 0);
	assert_int_equal(put("busy2"), 0);
	assert_int_equal(openings, 4);
	commit_free(commit);
	assert_int_equal(descriptors(), before);
}

static int
set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	spool = open(folder, O_RDONLY | O_DIRECTORY);
	return spool < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	close(spool);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(they_are_opened_once),
	    cmocka_unit_test(what_the_names_mean_now_counts),
	    cmocka_unit_test(new_permissions_count),
	    cmocka_unit_test(only_busy_ones_stay_open),
	};

	return cmocka_run_group_tests_name(
	    "commit_keep", tests, set_up, tear_down);
}
