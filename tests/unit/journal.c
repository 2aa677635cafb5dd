#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/block.h"
#include "journal/day.h"
#include "journal/minutes.h"
#include "journal/removal.h"
#include "unit.h"

#define DAYS 30

static char place[] = "/tmp/mixspool-journal-XXXXXX";
static int spool; /* a new one for each test */
static int64_t now;

/* The linker replaces write (--wrap): it takes so many bytes of a disk. */
static size_t room, writes;
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);

ssize_t
__wrap_write(int fd, const void *bytes, size_t size)
{
	ssize_t written;

	writes++;
	if (room == 0) {
		errno = ENOSPC;
		return -1;
	}
	written = __real_write(fd, bytes, size < room ? size : room);
	room -= (size_t)written;
	return written;
}

static int
begin(void **state)
{
	static int spools;
	char path[sizeof place + 16];

	(void)state;
	snprintf(path, sizeof path, "%s/%d", place, spools++);
	if (mkdir(path, 0750) < 0 || chmod(path, 02770) < 0)
		return -1;
	spool = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	room = SIZE_MAX;
	writes = 0;
	now = day_now_ms();
	return spool < 0 ? -1 : 0;
}

static int
end(void **state)
{
	(void)state;
	return close(spool);
}

static struct journal_entry
request(unsigned status, int64_t at_ms)
{
	return (struct journal_entry){.kind = ENTRY_REQUEST,
	    .at_ms = at_ms,
	    .campaign = {"default", 7},
	    .status = status,
	    .requests = 1,
	    .users = 2,
	    .bytes = 3};
}

static const struct journal_entry run = {
    .kind = ENTRY_RUN, .command = {"cat", 3}, .users = 9};

static void
note(struct journal *journal, unsigned status, int64_t at_ms)
{
	const struct journal_entry entry = request(status, at_ms);

	journal_note(journal, &entry);
}

static void
note_run(struct journal *journal)
{
	struct journal_entry entry = run;

	entry.at_ms = now;
	journal_note(journal, &entry);
}

static const char *
path_of(int64_t day, const char *suffix)
{
	static char path[64];
	char name[DAY_NAME_SIZE];

	day_name(day, suffix, name);
	snprintf(path, sizeof path, JOURNAL_FOLDER "/%s", name);
	return path;
}

static bool
is_there(const char *path)
{
	return faccessat(spool, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What is in a day's file, from a byte on. */
struct found {
	size_t lines, minutes, runs, torn;
	uint64_t requests, users, bytes;
};

static struct found
find(int64_t day, off_t from)
{
	struct found found = {0};
	struct journal_entry entry;
	const int fd =
	    openat(spool, path_of(day, DAY_LINES), O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[ENTRY_SIZE];

	if (!file)
		return found;
	assert_int_equal(fseeko(file, from, SEEK_SET), 0);
	while (fgets(line, sizeof line, file)) {
		if (!entry_read(line, strcspn(line, "\n"), &entry)) {
			found.torn++;
			continue;
		}
		found.lines += entry.kind == ENTRY_REQUEST;
		found.minutes += entry.kind == ENTRY_MINUTE;
		found.runs += entry.kind == ENTRY_RUN;
		found.requests += entry.requests;
		found.users += entry.kind == ENTRY_RUN ? 0 : entry.users;
		found.bytes += entry.bytes;
	}
	fclose(file);
	return found;
}

static off_t
size_of(int64_t day)
{
	struct stat status;

	assert_int_equal(
	    fstatat(spool, path_of(day, DAY_LINES), &status, 0), 0);
	return status.st_size;
}

/* A day's file of SIZE bytes, which take no room. */
static void
make_day(int64_t day, off_t size)
{
	int fd;

	(void)mkdirat(spool, JOURNAL_FOLDER, 0770);
	fd = openat(spool, path_of(day, DAY_LINES),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static void
a_group_is_one_write(void **state)
{
	struct journal *journal = journal_open(spool, DAYS);
	struct stat status;
	unsigned i;

	(void)state;
	assert_false(is_there(JOURNAL_FOLDER));
	for (i = 0; i < 100; i++)
		note(journal, i % 2 ? 200 : 503, now);
	assert_int_equal(writes, 0);
	journal_flush(journal);
	journal_flush(journal);
	assert_int_equal(writes, 1);
	note_run(journal);
	journal_flush(journal);
	assert_int_equal(writes, 2);
	journal_close(journal);
	assert_int_equal(writes, 2);
	assert_int_equal(find(day_of(now), 0).lines, 100);
	assert_int_equal(find(day_of(now), 0).runs, 1);
	assert_int_equal(fstatat(spool, JOURNAL_FOLDER, &status, 0), 0);
	assert_int_equal(status.st_mode & 0777, 0770);
	assert_int_equal(
	    fstatat(spool, path_of(day_of(now), DAY_LINES), &status, 0), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
}

static void
two_journals_share_a_file(void **state)
{
	struct journal *one = journal_open(spool, DAYS);
	struct journal *other = journal_open(spool, DAYS);
	unsigned i;

	(void)state;
	for (i = 0; i < 10; i++) {
		note(one, 200, now);
		note(other, 404, now);
		journal_flush(one);
		journal_flush(other);
	}
	journal_close(one);
	journal_close(other);
	assert_int_equal(find(day_of(now), 0).lines, 20);
	assert_int_equal(find(day_of(now), 0).torn, 0);
}

static void
without_days_there_is_none(void **state)
{
	struct journal *journal = journal_open(spool, 0);

	(void)state;
	assert_null(journal);
	note(journal, 200, now);
	journal_flush(journal);
	assert_false(journal_is_due(journal));
	journal_tick(journal);
	journal_close(journal);
	assert_false(is_there(JOURNAL_FOLDER));
}

static void
close_writes_what_is_left(void **state)
{
	struct journal *journal = journal_open(spool, DAYS);

	(void)state;
	note(journal, 401, now);
	assert_true(journal_is_due(journal));
	journal_close(journal);
	assert_int_equal(writes, 1);
	assert_int_equal(find(day_of(now), 0).lines, 1);
}

static void
days_have_files(void **state)
{
	struct journal *journal = journal_open(spool, DAYS);
	const int64_t today = day_of(now);

	(void)state;
	note(journal, 200, today * DAY_MS - 1);
	note(journal, 200, today * DAY_MS);
	journal_flush(journal);
	note(journal, 200, (today + 1) * DAY_MS);
	/* The clock was set back. */
	note(journal, 200, today * DAY_MS - 1);
	journal_flush(journal);
	journal_close(journal);
	assert_int_equal(find(today - 1, 0).lines, 2);
	assert_int_equal(find(today, 0).lines, 1);
	assert_int_equal(find(today + 1, 0).lines, 1);
}

/* 16 MiB of lines: then counts of minutes, until as much again. */
static void
a_full_day_gets_counts(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, DAYS);
	struct found found;
	int i;

	(void)state;
	make_day(today, (off_t)JOURNAL_DAY_MAX);
	for (i = 0; i < 50; i++)
		note(journal, i < 40 ? 200 : 401, now);
	note_run(journal);
	journal_flush(journal);
	found = find(today, (off_t)JOURNAL_DAY_MAX);
	assert_int_equal(found.runs, 1);
	assert_int_equal(found.lines + found.minutes, 0);
	for (i = 0; i < 50; i++)
		note(journal, 200, now);
	writes = 0;
	journal_flush(journal);
	assert_int_equal(writes, 0);
	journal_close(journal);
	found = find(today, (off_t)JOURNAL_DAY_MAX);
	assert_int_equal(found.lines, 0);
	assert_int_equal(found.minutes, 2);
	assert_int_equal(found.requests, 100);
	assert_int_equal(found.users, 200);
	assert_int_equal(found.bytes, 300);
}

static void
counts_come_when_their_minute_ends(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, DAYS);

	(void)state;
	make_day(today, (off_t)JOURNAL_DAY_MAX);
	/* An hour before or behind, of the same day. */
	note(journal, 200,
	    now % DAY_MS > 3600000 ? now - 3600000 : now + 3600000);
	journal_tick(journal);
	assert_int_equal(find(today, (off_t)JOURNAL_DAY_MAX).minutes, 1);
	journal_close(journal);
	assert_int_equal(find(today, (off_t)JOURNAL_DAY_MAX).requests, 1);
}

static void
a_day_ends_at_twice_the_size(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, DAYS);

	(void)state;
	make_day(today, (off_t)JOURNAL_DAY_MAX * 2);
	note(journal, 200, now);
	note_run(journal);
	note(journal, 200, (today + 1) * DAY_MS);
	journal_tick(journal);
	journal_close(journal);
	assert_int_equal(size_of(today), JOURNAL_DAY_MAX * 2);
	assert_int_equal(find(today + 1, 0).lines, 1);
}

static void
a_full_disk_loses_nothing_that_fits(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, DAYS);
	struct found found;
	int i;

	(void)state;
	note(journal, 200, now);
	room = 50;
	journal_flush(journal);
	for (i = 0; i < 5000; i++) {
		note(journal, 200, now);
		journal_flush(journal);
	}
	/* Not tried each time. */
	assert_int_equal(writes, 1);
	journal_tick(journal);
	assert_true(journal_is_due(journal));
	room = SIZE_MAX;
	journal_tick(journal);
	journal_close(journal);
	found = find(today, 0);
	assert_int_equal(found.requests, 5001);
	assert_in_range(found.lines, 1000, 5000);
	assert_int_equal(found.torn, 1);
}

/* As many bytes as a disk has, one write after the other. */
static void
torn_lines_come_again(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, DAYS);
	size_t bytes;

	(void)state;
	for (bytes = 0; bytes < 300; bytes += 7) {
		note(journal, 200, now);
		room = bytes;
		journal_tick(journal);
	}
	room = SIZE_MAX;
	journal_tick(journal);
	journal_close(journal);
	assert_int_equal(find(today, 0).lines, 43);
}

/* Once, and then that it works again; not for each time within the hour. */
static void
a_failure_is_news_once(void **state)
{
	struct journal *journal = journal_open(spool, DAYS);
	int error, turn;

	(void)state;
	assert_int_equal(journal_news(journal, &error), JOURNAL_NO_NEWS);
	for (turn = 0; turn < 3; turn++) {
		room = 0;
		note(journal, 200, now);
		journal_tick(journal);
		assert_int_equal(journal_error(journal), ENOSPC);
		assert_int_equal(journal_news(journal, &error),
		    turn == 0 ? JOURNAL_FAILS : JOURNAL_NO_NEWS);
		assert_int_equal(error, ENOSPC);
		assert_int_equal(
		    journal_news(journal, &error), JOURNAL_NO_NEWS);
		room = SIZE_MAX;
		journal_tick(journal);
		assert_int_equal(journal_error(journal), 0);
		assert_int_equal(journal_news(journal, &error),
		    turn == 0 ? JOURNAL_WORKS : JOURNAL_NO_NEWS);
	}
	journal_close(journal);
	assert_int_equal(journal_news(NULL, &error), JOURNAL_NO_NEWS);
}

static void
memory_is_bounded(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, DAYS);
	struct found found;
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		note(journal, 200, now);
	journal_flush(journal);
	assert_int_equal(writes, 1);
	assert_in_range(size_of(today), BLOCK_MAX / 2, BLOCK_MAX);
	journal_close(journal);
	found = find(today, 0);
	assert_int_equal(found.requests, 100000);
	assert_int_equal(found.minutes, 1);
}

static void
counts_are_bounded(void **state)
{
	struct minutes minutes = {0};
	struct journal_entry entry;
	uint64_t requests = 0;
	size_t i;

	(void)state;
	for (i = 0; i < (size_t)100 * MINUTES_MAX; i++) {
		entry = request(200, (int64_t)i * 60000);
		minutes_add(&minutes, &entry);
	}
	entry = request(404, 0);
	minutes_add(&minutes, &entry);
	assert_int_equal(minutes.count, MINUTES_MAX);
	for (i = 0; i < minutes.count; i++)
		requests += minutes.all[i].requests;
	assert_int_equal(requests, (size_t)100 * MINUTES_MAX);
	minutes_free(&minutes);
}

static void
make_file(const char *path)
{
	const int fd = openat(spool, path, O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void
old_days_are_removed(void **state)
{
	static const char *const others[] = {JOURNAL_FOLDER "/notes.txt",
	    JOURNAL_FOLDER "/2000-01-01.jsonl~", JOURNAL_FOLDER "/2000-01-01"};
	const int64_t today = day_of(now);
	size_t i;
	int folder, day;

	(void)state;
	for (day = 0; day < 5; day++)
		make_day(today - day, 0);
	for (i = 0; i < COUNT(others); i++)
		make_file(others[i]);
	for (day = 3; day < 5; day++)
		make_file(path_of(today - day, DAY_HOURS));
	folder = journal_make_folder(spool);
	removal_of_days(folder, today - 2);
	close(folder);
	for (day = 0; day < 5; day++)
		assert_int_equal(
		    is_there(path_of(today - day, DAY_LINES)), day <= 2);
	/* Its sums are those of all days before. */
	assert_true(is_there(path_of(today - 3, DAY_HOURS)));
	assert_false(is_there(path_of(today - 4, DAY_HOURS)));
	for (i = 0; i < COUNT(others); i++)
		assert_true(is_there(others[i]));
}

static void
the_first_of_a_day_removes_them(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, 2);

	(void)state;
	make_day(today - 2, 0);
	make_day(today - 3, 0);
	note(journal, 200, now);
	journal_close(journal);
	assert_true(is_there(path_of(today - 2, DAY_LINES)));
	assert_false(is_there(path_of(today - 3, DAY_LINES)));
	journal = journal_open(spool, 2);
	make_day(today - 3, 0);
	note(journal, 200, now);
	journal_close(journal);
	assert_true(is_there(path_of(today - 3, DAY_LINES)));
}

/* Of a run whose command fails, each day's first line may be. */
static void
a_request_removes_them_after_a_run(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, JOURNAL_ALL_DAYS);
	int i;

	(void)state;
	make_day(today - 3, 0);
	note_run(journal);
	journal_close(journal);
	assert_true(is_there(path_of(today - 3, DAY_LINES)));
	for (i = 0; i < 50; i++) {
		journal = journal_open(spool, 2);
		note(journal, 200, now);
		journal_close(journal);
	}
	assert_false(is_there(path_of(today - 3, DAY_LINES)));
}

static void
another_process_removes_them(void **state)
{
	struct journal *journal = journal_open(spool, JOURNAL_ALL_DAYS);

	(void)state;
	make_day(1, 0);
	note_run(journal);
	journal_tick(journal);
	journal_close(journal);
	assert_true(is_there(path_of(1, DAY_LINES)));
}

static void
a_removed_file_is_made_again(void **state)
{
	struct journal *journal = journal_open(spool, DAYS);
	const int64_t today = day_of(now);

	(void)state;
	note(journal, 200, now);
	journal_flush(journal);
	assert_int_equal(unlinkat(spool, path_of(today, DAY_LINES), 0), 0);
	note(journal, 200, now);
	journal_tick(journal);
	assert_int_equal(find(today, 0).lines, 1);
	journal_close(journal);
}

/* ... also where all that comes is stored, which needs no tick. */
static void
groups_notice_a_file_that_was_removed(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, DAYS);

	(void)state;
	note(journal, 200, now);
	journal_flush(journal);
	assert_int_equal(unlinkat(spool, path_of(today, DAY_LINES), 0), 0);
	assert_true(journal_is_due(journal));
	journal_tick(journal);
	note(journal, 200, now);
	journal_flush(journal);
	assert_int_equal(find(today, 0).lines, 1);
	journal_close(journal);
}

static void
groups_notice_what_others_have_written(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal = journal_open(spool, DAYS);

	(void)state;
	note(journal, 200, now);
	journal_flush(journal);
	make_day(today, (off_t)JOURNAL_DAY_MAX * 2);
	assert_true(journal_is_due(journal));
	journal_tick(journal);
	note(journal, 200, now);
	journal_flush(journal);
	journal_close(journal);
	assert_int_equal(size_of(today), JOURNAL_DAY_MAX * 2);
}

/* Where a name is taken, nothing is written, and nothing else happens. */
static void
strangers_are_left_alone(void **state)
{
	const int64_t today = day_of(now);
	struct journal *journal;
	const char *path;
	int what;

	(void)state;
	for (what = 0; what < 5; what++) {
		begin(state);
		assert_int_equal(mkdirat(spool, JOURNAL_FOLDER, 0700), 0);
		assert_true(close(openat(
				spool, "file", O_CREAT | O_WRONLY, 0600)) == 0);
		path = path_of(today, DAY_LINES);
		if (what == 0)
			assert_int_equal(symlinkat("../file", spool, path), 0);
		else if (what == 1)
			assert_int_equal(
			    linkat(spool, "file", spool, path, 0), 0);
		else if (what == 2)
			assert_int_equal(mkfifoat(spool, path, 0600), 0);
		else if (what == 3)
			assert_int_equal(mkdirat(spool, path, 0700), 0);
		else if (unlinkat(spool, JOURNAL_FOLDER, AT_REMOVEDIR) == 0)
			assert_int_equal(
			    symlinkat("/tmp", spool, JOURNAL_FOLDER), 0);
		journal = journal_open(spool, DAYS);
		note(journal, 200, now);
		journal_flush(journal);
		journal_tick(journal);
		journal_close(journal);
		assert_int_equal(writes, 0);
		if (what < 4)
			close(spool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_group_is_one_write, begin, end),
	    cmocka_unit_test_setup_teardown(
		two_journals_share_a_file, begin, end),
	    cmocka_unit_test_setup_teardown(
		without_days_there_is_none, begin, end),
	    cmocka_unit_test_setup_teardown(
		close_writes_what_is_left, begin, end),
	    cmocka_unit_test_setup_teardown(days_have_files, begin, end),
	    cmocka_unit_test_setup_teardown(a_full_day_gets_counts, begin, end),
	    cmocka_unit_test_setup_teardown(
		counts_come_when_their_minute_ends, begin, end),
	    cmocka_unit_test_setup_teardown(
		a_day_ends_at_twice_the_size, begin, end),
	    cmocka_unit_test_setup_teardown(
		a_full_disk_loses_nothing_that_fits, begin, end),
	    cmocka_unit_test_setup_teardown(torn_lines_come_again, begin, end),
	    cmocka_unit_test_setup_teardown(a_failure_is_news_once, begin, end),
	    cmocka_unit_test_setup_teardown(memory_is_bounded, begin, end),
	    cmocka_unit_test_setup_teardown(counts_are_bounded, begin, end),
	    cmocka_unit_test_setup_teardown(old_days_are_removed, begin, end),
	    cmocka_unit_test_setup_teardown(
		the_first_of_a_day_removes_them, begin, end),
	    cmocka_unit_test_setup_teardown(
		a_request_removes_them_after_a_run, begin, end),
	    cmocka_unit_test_setup_teardown(
		another_process_removes_them, begin, end),
	    cmocka_unit_test_setup_teardown(
		a_removed_file_is_made_again, begin, end),
	    cmocka_unit_test_setup_teardown(
		groups_notice_a_file_that_was_removed, begin, end),
	    cmocka_unit_test_setup_teardown(
		groups_notice_what_others_have_written, begin, end),
	    cmocka_unit_test_setup_teardown(
		strangers_are_left_alone, begin, end),
	};
	char command[sizeof place + 16];
	int failed;

	umask(0);
	if (!mkdtemp(place))
		return 1;
	failed = cmocka_run_group_tests_name("journal", tests, NULL, NULL);
	snprintf(command, sizeof command, "rm -rf %s", place);
	return system(command) == 0 ? failed : 1;
}
