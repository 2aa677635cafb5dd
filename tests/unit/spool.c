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

static int
commit(const struct campaign *campaign, struct spool_names *names,
    struct iovec *all, size_t count)
{
	struct spool_pieces pieces = {all, count, 1, ""},
			    none = {NULL, 0, 0, ""};

	return spool_commit(campaign, names, &pieces, &none);
}

/* The name and the text of the one batch in a folder. */
static void
only_batch(int parent, const char *in, char name[256], char text[64])
{
	DIR *stream =
	    fdopendir(openat(parent, in, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	ssize_t size;
	int fd;

	assert_non_null(stream);
	do
		entry = readdir(stream);
	while (entry && entry->d_name[0] == '.');
	assert_non_null(entry);
	snprintf(name, 256, "%s", entry ? entry->d_name : "");
	assert_true(spool_is_batch_name(name));
	fd = openat(dirfd(stream), name, O_RDONLY);
	size = read(fd, text, 63);
	assert_true(size > 0);
	text[size] = '\0';
	close(fd);
	closedir(stream);
}

static void
one_commit_is_one_batch(void **state)
{
	struct iovec pieces[] = {{(char[]){"a\n"}, 2}, {(char[]){"bc\n"}, 3}};
	struct spool_names names;
	struct campaign campaign;
	char name[256], text[64];

	(void)state;
	assert_int_equal(spool_names_init(&names), 0);
	assert_int_equal(mkdirat(spool, "one", 02770), 0);
	assert_int_equal(campaign_open(spool, "one", &campaign), 0);
	assert_int_equal(campaign_settle(&campaign), 0);
	assert_int_equal(commit(&campaign, &names, pieces, 2), 0);
	assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
	assert_int_equal(count_entries(campaign.folder, "new"), 1);
	only_batch(campaign.folder, "new", name, text);
	assert_string_equal(text, "a\nbc\n");
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
	assert_int_equal(commit(&campaign, &names, pieces, 1), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(count_entries(campaign.folder, "new"), 0);
	campaign_close(&campaign);
}

/* The error that renameat2 reports after it has worked; 0: none. */
static int rename_lies;
static int renames_left = -1; /* before one reports rename_lies, or always */
static bool no_flags;         /* a file system without RENAME_NOREPLACE */
static bool clock_stands;

int __real_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);
int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);

int
__wrap_renameat2(
    int from, const char *old, int to, const char *name, unsigned flags)
{
	int result;

	if (no_flags && flags != 0) {
		errno = EINVAL;
		return -1;
	}
	result = __real_renameat2(from, old, to, name, flags);
	if (rename_lies == 0 || renames_left-- > 0)
		return result;
	errno = rename_lies;
	return -1;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!clock_stands)
		return __real_clock_gettime(clock, now);
	*now = (struct timespec){1800000000, 123456789};
	return 0;
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
	renames_left = 0;
	assert_int_equal(commit(&campaign, &names, pieces, 1), -1);
	assert_int_equal(errno, EIO);
	rename_lies = 0;
	assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
	assert_int_equal(count_entries(campaign.folder, "new"), 0);
	campaign_close(&campaign);
}

/* Two processes that draw the same random number in the same microsecond. */
static void
assert_no_batch_is_replaced(const char *name)
{
	struct spool_names one = {.process = 7}, other = {.process = 7};
	struct iovec a = {(char[]){"a\n"}, 2}, b = {(char[]){"b\n"}, 2};
	struct spool_pieces pieces = {&a, 1, 1, ""}, more = {&b, 1, 1, ""},
			    again;
	struct iovec aside_one = {(char[]){"c\n"}, 2};
	struct iovec aside_other = {(char[]){"d\n"}, 2};
	struct spool_pieces aside = {&aside_one, 1, 1, ""};
	struct campaign campaign;

	clock_stands = true;
	again = (struct spool_pieces){&aside_other, 1, 1, ""};
	assert_int_equal(mkdirat(spool, name, 0700), 0);
	assert_int_equal(campaign_open(spool, name, &campaign), 0);
	assert_int_equal(spool_commit(&campaign, &one, &pieces, &aside), 0);
	assert_int_equal(spool_commit(&campaign, &other, &more, &again), 0);
	clock_stands = false;
	assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
	assert_int_equal(count_entries(campaign.folder, "new"), 2);
	assert_int_equal(count_entries(campaign.folder, "aside"), 2);
	campaign_close(&campaign);
}

static void
a_batch_is_never_replaced(void **state)
{
	(void)state;
	assert_no_batch_is_replaced("same");
	no_flags = true;
	assert_no_batch_is_replaced("same-without-flags");
	no_flags = false;
}

/* Nor is it removed when a commit that has its name fails. */
static void
an_undo_leaves_the_batches_of_others(void **state)
{
	struct spool_names one = {.process = 8}, other = {.process = 8};
	struct iovec a = {(char[]){"a\n"}, 2}, b = {(char[]){"b\n"}, 2};
	struct campaign campaign;
	char name[256], text[64];

	(void)state;
	clock_stands = true;
	assert_int_equal(mkdirat(spool, "others", 0700), 0);
	assert_int_equal(campaign_open(spool, "others", &campaign), 0);
	assert_int_equal(commit(&campaign, &one, &a, 1), 0);
	rename_lies = EIO;
	renames_left = 0;
	assert_int_equal(commit(&campaign, &other, &b, 1), -1);
	rename_lies = 0;
	clock_stands = false;
	assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
	assert_int_equal(count_entries(campaign.folder, "new"), 1);
	only_batch(campaign.folder, "new", name, text);
	assert_string_equal(text, "a\n");
	campaign_close(&campaign);
}

static void
what_is_set_aside_has_the_name_of_its_batch(void **state)
{
	struct iovec users[] = {{(char[]){"a\n"}, 2}, {(char[]){"b\n"}, 2}};
	struct iovec others = {(char[]){"c\n"}, 2};
	struct spool_pieces pieces = {users, 2, 2, ""},
			    aside = {&others, 1, 1, ""};
	char name[256], aside_name[256], text[64];
	struct spool_names names;
	struct campaign campaign;

	(void)state;
	assert_int_equal(spool_names_init(&names), 0);
	assert_int_equal(mkdirat(spool, "aside", 0750), 0);
	assert_int_equal(campaign_open(spool, "aside", &campaign), 0);
	assert_int_equal(spool_commit(&campaign, &names, &pieces, &aside), 0);
	only_batch(campaign.folder, "new", name, text);
	assert_string_equal(text, "a\nb\n");
	only_batch(campaign.folder, "aside", aside_name, text);
	assert_string_equal(text, "c\n");
	assert_string_equal(name, aside_name);
	assert_string_equal(name, pieces.name);
	assert_string_equal(name, aside.name);
	assert_int_equal(spool_name_lines(name), 2);
	campaign_close(&campaign);
}

static void
nothing_but_bad_elements_make_no_batch(void **state)
{
	struct iovec others = {(char[]){"c\n"}, 2};
	struct spool_pieces none = {NULL, 0, 0, ""},
			    aside = {&others, 1, 1, ""};
	struct spool_names names;
	struct campaign campaign;
	char name[256], text[64];

	(void)state;
	assert_int_equal(spool_names_init(&names), 0);
	assert_int_equal(mkdirat(spool, "asides", 0750), 0);
	assert_int_equal(campaign_open(spool, "asides", &campaign), 0);
	assert_int_equal(spool_commit(&campaign, &names, &none, &aside), 0);
	only_batch(campaign.folder, "aside", name, text);
	assert_string_equal(text, "c\n");
	assert_string_equal(name, aside.name);
	assert_string_equal(none.name, "");
	assert_int_equal(spool_name_lines(name), 1);
	assert_int_equal(count_entries(campaign.folder, "new"), 0);
	assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
	campaign_close(&campaign);
}

/* writev(2) takes IOV_MAX of them, which is 1024. */
static void
a_batch_has_any_number_of_pieces(void **state)
{
	static struct iovec all[4001];
	struct iovec one = {(char[]){"a"}, 1}, two = {(char[]){"bb\n"}, 3};
	struct spool_names names;
	struct campaign campaign;
	char name[256], text[64];
	struct stat status;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(all); i++)
		all[i] = i % 2 ? two : one;
	all[COUNT(all) - 1].iov_base = (char[]){"\n"};
	assert_int_equal(spool_names_init(&names), 0);
	assert_int_equal(mkdirat(spool, "pieces", 0750), 0);
	assert_int_equal(campaign_open(spool, "pieces", &campaign), 0);
	assert_int_equal(commit(&campaign, &names, all, COUNT(all)), 0);
	only_batch(campaign.folder, "new", name, text);
	assert_memory_equal(text, "abb\nabb\nabb\n", 12);
	assert_int_equal(fstatat(campaign.new, name, &status, 0), 0);
	assert_int_equal(status.st_size, 2000 * 4 + 1);
	campaign_close(&campaign);
}

/* Whichever of the two renames reports a failure, though it worked. */
static void
a_commit_that_failed_leaves_nothing_aside(void **state)
{
	static const char *const folders[] = {"first", "second"};
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct iovec user = {(char[]){"a\n"}, 2};
		struct iovec other = {(char[]){"c\n"}, 2};
		struct spool_pieces pieces = {&user, 1, 1, ""};
		struct spool_pieces aside = {&other, 1, 1, ""};
		struct spool_names names;
		struct campaign campaign;

		assert_int_equal(spool_names_init(&names), 0);
		assert_int_equal(mkdirat(spool, folders[i], 0700), 0);
		assert_int_equal(
		    campaign_open(spool, folders[i], &campaign), 0);
		rename_lies = EIO;
		renames_left = i;
		assert_int_equal(
		    spool_commit(&campaign, &names, &pieces, &aside), -1);
		assert_int_equal(errno, EIO);
		rename_lies = 0;
		assert_int_equal(count_entries(campaign.folder, "tmp"), 0);
		assert_int_equal(count_entries(campaign.folder, "new"), 0);
		assert_int_equal(count_entries(campaign.folder, "aside"), 0);
		campaign_close(&campaign);
	}
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
	assert_int_equal(commit(&campaign, &names, pieces, 1), -1);
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
	    cmocka_unit_test(a_batch_is_never_replaced),
	    cmocka_unit_test(an_undo_leaves_the_batches_of_others),
	    cmocka_unit_test(what_is_set_aside_has_the_name_of_its_batch),
	    cmocka_unit_test(nothing_but_bad_elements_make_no_batch),
	    cmocka_unit_test(a_batch_has_any_number_of_pieces),
	    cmocka_unit_test(a_commit_that_failed_leaves_nothing_aside),
	    cmocka_unit_test(a_rename_that_failed_but_happened_is_undone),
	    cmocka_unit_test(a_disk_that_takes_nothing_is_a_broken_one),
	};

	return cmocka_run_group_tests_name("spool", tests, set_up, tear_down);
}
