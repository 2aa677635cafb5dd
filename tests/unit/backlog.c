#include "spool/backlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static int spool;

/* Each test has a spool with the campaign c, in the temporary folder. */
static int
set_up(void **state)
{
	char path[] = "/tmp/mixspool-backlog-XXXXXX";

	*state = strdup(mkdtemp(path));
	spool = open(path, O_RDONLY | O_DIRECTORY);
	return mkdirat(spool, "c", 0700) | mkdirat(spool, "c/new", 0700);
}

static int
tear_down(void **state)
{
	char command[64];

	snprintf(command, sizeof command, "rm -r %s", (char *)*state);
	free(*state);
	close(spool);
	return system(command);
}

static void
make_file(const char *name)
{
	int fd = openat(spool, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void
test_counts(void **state)
{
	struct backlog backlog;

	(void)state;
	make_file("c/new/20261124T065034.123456Z-9f3a1c22-000042-50.jsonl");
	make_file("c/new/20261124T065033.123456Z-9f3a1c22-000041-7.jsonl");
	make_file("c/new/not-a-batch");
	assert_int_equal(mkdirat(spool, "c/aside", 0700), 0);
	make_file("c/aside/20261124T065033.123456Z-9f3a1c22-000041-1.jsonl");
	assert_int_equal(backlog_read(spool, "c", 100, &backlog), 0);
	assert_int_equal(backlog.new.batches, 2);
	assert_int_equal(backlog.new.lines, 57);
	assert_string_equal(backlog.new.oldest,
	    "20261124T065033.123456Z-9f3a1c22-000041-7.jsonl");
	assert_string_equal(backlog.new.newest,
	    "20261124T065034.123456Z-9f3a1c22-000042-50.jsonl");
	assert_false(backlog.new.has_more);
	assert_false(backlog.new.has_more_lines);
	assert_int_equal(backlog.aside.batches, 1);
	assert_int_equal(backlog.failed.batches, 0);
	assert_string_equal(backlog.failed.oldest, "");
}

static void
test_ends_after_so_many_names(void **state)
{
	struct backlog backlog;

	(void)state;
	make_file("c/new/20261124T065034.123456Z-9f3a1c22-000042-50.jsonl");
	make_file("c/new/20261124T065033.123456Z-9f3a1c22-000041-50.jsonl");
	make_file("c/new/20261124T065033.123456Z-9f3a1c22-000043-50.jsonl");
	assert_int_equal(backlog_read(spool, "c", 3, &backlog), 0);
	assert_int_equal(backlog.new.batches, 3);
	assert_false(backlog.new.has_more);
	assert_int_equal(backlog_read(spool, "c", 2, &backlog), 0);
	assert_int_equal(backlog.new.batches, 2);
	assert_int_equal(backlog.new.lines, 100);
	assert_true(backlog.new.has_more);
}

static void
test_names_of_0_1(void **state)
{
	struct backlog backlog;

	(void)state;
	make_file("c/new/20261124T065034.123456Z-9f3a1c22-000042.jsonl");
	assert_int_equal(backlog_read(spool, "c", 100, &backlog), 0);
	assert_int_equal(backlog.new.batches, 1);
	assert_true(backlog.new.has_more_lines);
}

static void
test_no_campaign(void **state)
{
	struct backlog backlog;

	(void)state;
	assert_int_equal(backlog_read(spool, "d", 100, &backlog), -1);
	assert_int_equal(errno, ENOENT);
	make_file("c/failed");
	assert_int_equal(backlog_read(spool, "c", 100, &backlog), -1);
	assert_int_equal(errno, ENOTDIR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_counts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_ends_after_so_many_names, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_names_of_0_1, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_no_campaign, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
