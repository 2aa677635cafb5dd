#include "journal/reader.h"

#include <errno.h>

#include "journal/day_file.h"
#include "journal_files.h"

/* The users of a request tell one from another. */
static void
put(int64_t day, uint64_t users)
{
	const struct journal_entry entry =
	    request_of(AT(day, 12) + (int64_t)users, 200, users);

	files_put_entry(day, &entry);
}

static void
assert_next(struct reader *reader, uint64_t users)
{
	struct journal_entry entry;

	assert_int_equal(reader_next(reader, &entry), 1);
	assert_int_equal(entry.users, users);
}

static void
assert_no_more(struct reader *reader)
{
	struct journal_entry entry;

	assert_int_equal(reader_next(reader, &entry), 0);
}

static void
days_follow_each_other(void **state)
{
	struct reader *reader;

	(void)state;
	put(-9, 1);
	put(-2, 2);
	put(0, 3);
	files_put(1, ".hours", "{}\n", 3);
	reader = reader_open(folder, AT(-9, 0));
	assert_next(reader, 1);
	assert_next(reader, 2);
	assert_next(reader, 3);
	assert_no_more(reader);
	put(0, 4);
	assert_next(reader, 4);
	put(1, 5);
	put(0, 6);
	assert_next(reader, 6);
	assert_next(reader, 5);
	put(0, 7);
	put(1, 8);
	assert_next(reader, 7);
	assert_next(reader, 8);
	assert_no_more(reader);
	assert_no_more(reader);
	reader_close(reader);
	reader_close(NULL);
}

/* A clock that was ahead, and was set right. */
static void
a_day_comes_before_the_last(void **state)
{
	struct reader *reader;
	int64_t day;

	(void)state;
	put(300, 1);
	put(0, 2);
	reader = reader_open(folder, AT(0, 0));
	assert_next(reader, 2);
	assert_next(reader, 1);
	assert_no_more(reader);
	for (day = 1; day < 5; day++) {
		put(day, 10 + (uint64_t)day);
		put(300, 20 + (uint64_t)day);
		assert_next(reader, 20 + (uint64_t)day);
		assert_next(reader, 10 + (uint64_t)day);
		assert_no_more(reader);
		put(day, 30 + (uint64_t)day);
		assert_next(reader, 30 + (uint64_t)day);
		assert_no_more(reader);
	}
	reader_close(reader);
}

static void
it_begins_at_a_time(void **state)
{
	struct reader *reader;

	(void)state;
	put(-1, 1);
	put(0, 1);
	put(0, 2);
	put(0, 3);
	reader = reader_open(folder, AT(0, 12) + 2);
	assert_next(reader, 2);
	assert_next(reader, 3);
	assert_no_more(reader);
	reader_close(reader);
}

static void
a_journal_may_begin_later(void **state)
{
	struct reader *reader = reader_open(-1, 0);

	(void)state;
	assert_no_more(reader);
	reader_close(reader);
	reader = reader_open(folder, AT(0, 0));
	assert_no_more(reader);
	files_put_text(0, "");
	assert_no_more(reader);
	put(0, 1);
	assert_next(reader, 1);
	assert_no_more(reader);
	reader_close(reader);
}

static const char line[] =
    "{\"at\":\"2026-11-28T12:00:00.000Z\",\"status\":200,\"users\":9,"
    "\"bytes\":1,\"ms\":1}\n";

static void
a_line_comes_in_parts(void **state)
{
	struct reader *reader = reader_open(folder, 0);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof line - 2; i++) {
		files_put(0, DAY_LINES, line + i, 1);
		assert_no_more(reader);
	}
	files_put_text(0, "\n");
	assert_next(reader, 9);
	assert_int_equal(reader_line(reader).size, sizeof line - 2);
	assert_memory_equal(reader_line(reader).start, line, sizeof line - 2);
	reader_close(reader);
}

static const char torn[] =
    "{\"at\":\"2026-11-28T12:00:00.000Z\",\"status\":200,\"users\":5"
    "{\"at\":\"2026-11-28T12:00:00.000Z\",\"status\":200}";

/* What is not a line, before one that is. */
static void
put_rubbish(void)
{
	static char zeros[70000], long_line[3 * DAY_FILE_BLOCK];
	static const char *const wrong[] = {"", "{}", "torn\":5}",
	    "{\"at\":", torn,
	    "{\"at\":\"2026-11-28T12:00:00.000Z\",\"status\":200,\"users\":5}}",
	    "[1]", "\xff\xfe"};
	const size_t sizes[] = {ENTRY_SIZE - 1, ENTRY_SIZE, ENTRY_SIZE + 1,
	    DAY_FILE_BLOCK - 1, DAY_FILE_BLOCK, DAY_FILE_BLOCK + 1,
	    sizeof long_line};
	size_t i;

	for (i = 0; i < COUNT(wrong); i++) {
		files_put_text(0, wrong[i]);
		files_put_text(0, "\n");
		put(0, i);
	}
	files_put(0, DAY_LINES, zeros, sizeof zeros);
	files_put_text(0, "\n");
	put(0, 100);
	memset(long_line, '5', sizeof long_line);
	for (i = 0; i < COUNT(sizes); i++) {
		files_put(0, DAY_LINES, long_line, sizes[i]);
		files_put_text(0, "\n");
		put(0, 200 + i);
	}
	files_put_text(0, "{\"at\":\"2026-11-28T12:00:00.000Z\",\"sta");
}

static const uint64_t between_rubbish[] = {
    0, 1, 2, 3, 4, 5, 6, 7, 100, 200, 201, 202, 203, 204, 205, 206};

static void
what_is_no_line_is_skipped(void **state)
{
	struct reader *reader = reader_open(folder, 0);
	size_t i;

	(void)state;
	put_rubbish();
	for (i = 0; i < COUNT(between_rubbish); i++)
		assert_next(reader, between_rubbish[i]);
	assert_no_more(reader);
	reader_close(reader);
}

/* A line of ENTRY_SIZE bytes with its end, and one that has a byte more. */
static void
the_longest_line_is_read(void **state)
{
	struct reader *reader = reader_open(folder, 0);
	static char text[ENTRY_SIZE + 1];

	(void)state;
	memset(text, ' ', sizeof text);
	memcpy(text, line, sizeof line - 3);
	memcpy(text + ENTRY_SIZE - 2, "}\n", 2);
	files_put(0, DAY_LINES, text, ENTRY_SIZE);
	assert_next(reader, 9);
	memcpy(text + ENTRY_SIZE - 2, " }\n", 3);
	files_put(0, DAY_LINES, text, ENTRY_SIZE + 1);
	assert_no_more(reader);
	reader_close(reader);
}

static void
a_hole_has_an_end(void **state)
{
	char name[DAY_NAME_SIZE];
	struct reader *reader;
	int fd;

	(void)state;
	put(0, 1);
	day_name(DAY, DAY_LINES, name);
	fd = openat(folder, name, O_WRONLY);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	close(fd);
	put(1, 2);
	reader = reader_open(folder, 0);
	assert_next(reader, 1);
	assert_next(reader, 2);
	assert_no_more(reader);
	reader_close(reader);
}

static void
a_file_may_begin_anew(void **state)
{
	struct reader *reader = reader_open(folder, 0);
	char name[DAY_NAME_SIZE];

	(void)state;
	day_name(DAY, DAY_LINES, name);
	put(0, 1000);
	put(0, 1001);
	assert_next(reader, 1000);
	assert_next(reader, 1001);
	assert_int_equal(unlinkat(folder, name, 0), 0);
	assert_no_more(reader);
	put(0, 2);
	assert_next(reader, 2);
	put(0, 1003);
	assert_next(reader, 1003);
	close(openat(folder, name, O_WRONLY | O_TRUNC));
	assert_no_more(reader);
	put(0, 4);
	assert_next(reader, 4);
	assert_no_more(reader);
	reader_close(reader);
}

static void
what_is_no_file_is_empty(void **state)
{
	struct reader *reader = reader_open(folder, 0);
	char name[DAY_NAME_SIZE];

	(void)state;
	day_name(DAY - 1, DAY_LINES, name);
	assert_int_equal(mkdirat(folder, name, 0700), 0);
	day_name(DAY, DAY_LINES, name);
	assert_int_equal(mkfifoat(folder, name, 0600), 0);
	day_name(DAY + 1, DAY_LINES, name);
	assert_int_equal(symlinkat("/dev/zero", folder, name), 0);
	put(2, 1);
	files_put(0, "-copy.jsonl", line, sizeof line - 1);
	assert_next(reader, 1);
	assert_no_more(reader);
	reader_close(reader);
}

/* What reader_newest has given. */
struct got {
	uint64_t users[3000];
	size_t count;
};

static bool
is_even(void *to, const struct journal_entry *entry)
{
	(void)to;
	return entry->users % 2 == 0;
}

static void
get(void *to, const struct journal_entry *entry)
{
	struct got *got = to;

	got->users[got->count++] = entry->users;
}

static void
assert_newest(unsigned days, size_t count, bool even_ones, size_t wanted_count,
    const uint64_t *wanted)
{
	static struct got got;
	size_t i;

	got.count = 0;
	assert_int_equal(reader_newest(folder, AT(0, 13), days, count,
			     even_ones ? is_even : NULL, get, &got),
	    0);
	assert_int_equal(got.count, wanted_count);
	for (i = 0; i < wanted_count; i++)
		assert_int_equal(got.users[i], wanted[i]);
}

static void
the_newest_come_first(void **state)
{
	static struct got got;

	(void)state;
	assert_int_equal(
	    reader_newest(-1, AT(0, 13), 2, 9, NULL, get, &got), 0);
	assert_newest(2, 9, false, 0, NULL);
	put(-9, 1);
	put(-9, 2);
	put(-3, 3);
	put(0, 4);
	put(0, 5);
	files_put_text(0, "{\"at\":");
	assert_newest(30, 9, false, 5, (uint64_t[]){5, 4, 3, 2, 1});
	assert_newest(2, 9, false, 3, (uint64_t[]){5, 4, 3});
	assert_newest(30, 4, false, 4, (uint64_t[]){5, 4, 3, 2});
	assert_newest(30, 0, false, 0, NULL);
	assert_newest(0, 9, false, 0, NULL);
	assert_newest(30, 9, true, 2, (uint64_t[]){4, 2});
	/* Another host's day has begun; a clock that was ahead counts not. */
	put(1, 6);
	put(2, 7);
	assert_newest(1, 1, false, 1, (uint64_t[]){6});
}

static void
the_newest_are_between_rubbish_too(void **state)
{
	uint64_t wanted[COUNT(between_rubbish)];
	size_t i;

	(void)state;
	put_rubbish();
	for (i = 0; i < COUNT(wanted); i++)
		wanted[i] = between_rubbish[COUNT(wanted) - 1 - i];
	assert_newest(1, 100, false, COUNT(wanted), wanted);
}

/* Lines of all sizes end at all places of a block. */
static void
blocks_join_everywhere(void **state)
{
	static struct got got;
	char spaces[] = "                                                    ";
	struct reader *reader = reader_open(folder, 0);
	uint64_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		files_put(
		    0, DAY_LINES, spaces, (size_t)(i % (sizeof spaces - 1)));
		files_put_text(0, "\n");
		put(0, i);
	}
	for (i = 0; i < 3000; i++)
		assert_next(reader, i);
	assert_no_more(reader);
	reader_close(reader);
	assert_int_equal(
	    reader_newest(folder, AT(0, 13), 1, 3000, NULL, get, &got), 0);
	assert_int_equal(got.count, 3000);
	for (i = 0; i < 3000; i++)
		assert_int_equal(got.users[i], 2999 - i);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_teardown(test, files_clear)
	const struct CMUnitTest tests[] = {
	    TEST(days_follow_each_other),
	    TEST(a_day_comes_before_the_last),
	    TEST(it_begins_at_a_time),
	    TEST(a_journal_may_begin_later),
	    TEST(a_line_comes_in_parts),
	    TEST(what_is_no_line_is_skipped),
	    TEST(the_longest_line_is_read),
	    TEST(a_hole_has_an_end),
	    TEST(a_file_may_begin_anew),
	    TEST(what_is_no_file_is_empty),
	    TEST(the_newest_come_first),
	    TEST(the_newest_are_between_rubbish_too),
	    TEST(blocks_join_everywhere),
	};

	return cmocka_run_group_tests(tests, files_make, files_remove);
}
