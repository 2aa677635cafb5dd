#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "spool/spool.h"
#include "unit.h"

static char folder[] = "/tmp/mixspool-unit-XXXXXX";
static int spool;

static void
campaign_names_follow_the_rule(void **state)
{
	static const char *const names[] = {
	    "default", "a", "7", "A-b_C9", "a-", "tmp"};
	static const char *const others[] = {"", ".", "..", "-a", "_a", "a/b",
	    "a.b", "a b", "a\n", "\xc3\xa9", "/a", "a/"};
	char name[CAMPAIGN_NAME_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		assert_true(campaign_is_name(names[i]));
	for (i = 0; i < COUNT(others); i++)
		assert_false(campaign_is_name(others[i]));
	memset(name, 'x', sizeof name);
	name[CAMPAIGN_NAME_MAX] = '\0';
	assert_true(campaign_is_name(name));
	name[CAMPAIGN_NAME_MAX] = 'x';
	name[CAMPAIGN_NAME_MAX + 1] = '\0';
	assert_false(campaign_is_name(name));
}

static void
batch_names_follow_the_rule(void **state)
{
	static const char *const others[] = {"", "x",
	    "20261124T065034.123456Z-9f3a1c22-000042.json",
	    "20261124T065034.123456Z-9f3a1c22-000042.jsonlx",
	    "20261124T065034.123456Z-9f3a1c22-00042.jsonl",
	    "20261124T065034.123456Z-9F3a1c22-000042.jsonl",
	    "20261124T065034.123456-9f3a1c22-000042.jsonl",
	    "x0261124T065034.123456Z-9f3a1c22-000042.jsonl",
	    "20261124T065034.123456Z-9f3a1g22-000042.jsonl",
	    "20261124T065034.123456Z-9f3a1:22-000042.jsonl",
	    "20261124T065034.123456Z-9f3a1/22-000042.jsonl",
	    "20261124T065034.12345:Z-9f3a1c22-000042.jsonl",
	    "20261124T065034.123456Z-9f3a1c22-0000421x.jsonl",
	    ".20261124T065034.123456Z-9f3a1c22-000042.jsonl"};
	size_t i;

	(void)state;
	assert_true(spool_is_batch_name(
	    "20261124T065034.123456Z-9f3a1c22-000042.jsonl"));
	assert_true(spool_is_batch_name(
	    "20261124T065034.123456Z-9f3a1c22-1000042.jsonl"));
	/* There is room for every value of a counter, and no more. */
	assert_true(spool_is_batch_name("20261124T065034.123456Z-9f3a1c22-"
					"18446744073709551615.jsonl"));
	assert_false(
	    spool_is_batch_name("20261124T065034.123456Z-9f3a1c22-"
				"0000000000000000000000000000000000000000"
				"0000000000000000000000.jsonl"));
	for (i = 0; i < COUNT(others); i++)
		assert_false(spool_is_batch_name(others[i]));
}

static void
only_real_folders_are_campaigns(void **state)
{
	struct campaign campaign;
	int file;

	(void)state;
	assert_int_equal(campaign_open(spool, "none", &campaign), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(symlinkat("/tmp", spool, "link"), 0);
	assert_int_equal(campaign_open(spool, "link", &campaign), -1);
	assert_int_equal(errno, ENOTDIR);
	file = openat(spool, "file", O_CREAT | O_WRONLY, 0600);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(campaign_open(spool, "file", &campaign), -1);
	assert_int_equal(errno, ENOTDIR);
	/* A campaign whose new/ is a symbolic link is broken, not absent. */
	assert_int_equal(mkdirat(spool, "broken", 0700), 0);
	assert_int_equal(symlinkat("/tmp", spool, "broken/new"), 0);
	assert_int_equal(campaign_open(spool, "broken", &campaign), -1);
	assert_int_equal(errno, EIO);
}

static int
count_entries(int parent, const char *name)
{
	DIR *stream =
	    fdopendir(openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	int count = 0;

	assert_non_null(stream);
	while ((entry = readdir(stream)))
		count += entry->d_name[0] != '.';
	closedir(stream);
	return count;
}

static void
one_commit_is_one_batch(void **state)
{
	struct iovec pieces[] = {{(char[]){"a\n"}, 2}, {(char[]){"bc\n"}, 3}};
	struct spool_names names;
	struct campaign campaign;
	struct dirent *entry;
	DIR *stream;
	char text[16];
	int fd;

	(void)state;
	assert_int_equal(spool_names_init(&names), 0);
	assert_int_equal(mkdirat(spool, "one", 02770), 0);
	assert_int_equal(campaign_open(spool, "one", &campaign), 0);
	assert_int_equal(campaign_settle(&campaign), 0);
	assert_int_equal(spool_commit(&campaign, &names, pieces, 2), 0);
	assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
	assert_int_equal(count_entries(campaign.folder, "new"), 1);
	stream = fdopendir(dup(campaign.new));
	do {
		entry = readdir(stream);
	} while (entry && entry->d_name[0] == '.');
	assert_non_null(entry);
	if (!entry)
		return;
	assert_true(spool_is_batch_name(entry->d_name));
	fd = openat(campaign.new, entry->d_name, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof text), 5);
	assert_memory_equal(text, "a\nbc\n", 5);
	close(fd);
	closedir(stream);
	campaign_close(&campaign);
}

static void
put_file(int parent, const char *path, time_t age)
{
	struct timespec times[2] = {
	    {.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};
	int fd = openat(parent, path, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void
sweeps_only_what_dead_writers_left(void **state)
{
	static const char old[] =
	    "swept/tmp/20261124T065034.123456Z-9f3a1c22-000001.jsonl";
	static const char young[] =
	    "swept/tmp/20261124T065034.123456Z-9f3a1c22-000002.jsonl";
	static const char committed[] =
	    "swept/new/20261124T065034.123456Z-9f3a1c22-000003.jsonl";
	static const char foreign[] = "swept/tmp/notes.jsonl";

	(void)state;
	assert_int_equal(mkdirat(spool, "swept", 0700), 0);
	assert_int_equal(mkdirat(spool, "swept/tmp", 0700), 0);
	assert_int_equal(mkdirat(spool, "swept/new", 0700), 0);
	put_file(spool, old, SPOOL_LEFTOVER_AGE + 60);
	put_file(spool, young, SPOOL_LEFTOVER_AGE - 60);
	put_file(spool, committed, SPOOL_LEFTOVER_AGE + 60);
	put_file(spool, foreign, SPOOL_LEFTOVER_AGE + 60);
	spool_prepare(spool);
	assert_int_equal(faccessat(spool, old, F_OK, 0), -1);
	assert_int_equal(faccessat(spool, young, F_OK, 0), 0);
	assert_int_equal(faccessat(spool, committed, F_OK, 0), 0);
	assert_int_equal(faccessat(spool, foreign, F_OK, 0), 0);
}

static void
what_cannot_be_made_leaves_nothing(void **state)
{
	struct iovec pieces[] = {{(char[]){"a\n"}, 2}};
	struct spool_names names;
	struct campaign campaign;

	(void)state;
	assert_int_equal(spool_names_init(&names), 0);
	assert_int_equal(mkdirat(spool, "gone", 0700), 0);
	assert_int_equal(campaign_open(spool, "gone", &campaign), 0);
	assert_int_equal(unlinkat(campaign.folder, "tmp", AT_REMOVEDIR), 0);
	assert_int_equal(spool_commit(&campaign, &names, pieces, 1), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(count_entries(campaign.folder, "new"), 0);
	campaign_close(&campaign);
}

/* The error that renameat reports after it has worked; 0: none. */
static int rename_lies;

int __real_renameat(int, const char *, int, const char *);
int __wrap_renameat(int, const char *, int, const char *);

int
__wrap_renameat(int from, const char *old, int to, const char *name)
{
	int result = __real_renameat(from, old, to, name);

	if (rename_lies == 0)
		return result;
	errno = rename_lies;
	return -1;
}

static void
a_rename_that_failed_but_happened_is_undone(void **state)
{
	struct iovec pieces[] = {{(char[]){"a\n"}, 2}};
	struct spool_names names;
	struct campaign campaign;

	(void)state;
	assert_int_equal(spool_names_init(&names), 0);
	assert_int_equal(mkdirat(spool, "lies", 0700), 0);
	assert_int_equal(campaign_open(spool, "lies", &campaign), 0);
	rename_lies = EIO;
	assert_int_equal(spool_commit(&campaign, &names, pieces, 1), -1);
	assert_int_equal(errno, EIO);
	rename_lies = 0;
	assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
	assert_int_equal(count_entries(campaign.folder, "new"), 0);
	campaign_close(&campaign);
}

static bool disk_takes_nothing;

ssize_t __real_writev(int, const struct iovec *, int);
ssize_t __wrap_writev(int, const struct iovec *, int);

ssize_t
__wrap_writev(int fd, const struct iovec *pieces, int count)
{
	return disk_takes_nothing ? 0 : __real_writev(fd, pieces, count);
}

static void
a_disk_that_takes_nothing_is_a_broken_one(void **state)
{
	struct iovec pieces[] = {{(char[]){"a\n"}, 2}};
	struct spool_names names;
	struct campaign campaign;

	(void)state;
	assert_int_equal(spool_names_init(&names), 0);
	assert_int_equal(mkdirat(spool, "nothing", 0700), 0);
	assert_int_equal(campaign_open(spool, "nothing", &campaign), 0);
	disk_takes_nothing = true;
	/* A commit that tries for ever is ended by the signal. */
	alarm(10);
	assert_int_equal(spool_commit(&campaign, &names, pieces, 1), -1);
	alarm(0);
	assert_int_equal(errno, EIO);
	disk_takes_nothing = false;
	assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
	assert_int_equal(count_entries(campaign.folder, "new"), 0);
	campaign_close(&campaign);
}

static int
set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	spool = spool_open(folder);
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
	    cmocka_unit_test(campaign_names_follow_the_rule),
	    cmocka_unit_test(batch_names_follow_the_rule),
	    cmocka_unit_test(only_real_folders_are_campaigns),
	    cmocka_unit_test(one_commit_is_one_batch),
	    cmocka_unit_test(sweeps_only_what_dead_writers_left),
	    cmocka_unit_test(what_cannot_be_made_leaves_nothing),
	    cmocka_unit_test(a_rename_that_failed_but_happened_is_undone),
	    cmocka_unit_test(a_disk_that_takes_nothing_is_a_broken_one),
	};

	return cmocka_run_group_tests_name("spool", tests, set_up, tear_down);
}
