#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/batches.h"
#include "spool/folder.h"
#include "unit.h"

static const char name[] = "20261124T065034.123456Z-9f3a1c22-000042-7.jsonl";
static const char next[] = "20261124T065034.123456Z-9f3a1c22-000043-2.jsonl";
static char folder[] = "/tmp/mixspool-unit-XXXXXX";
static int from, to;

/* The error of every renameat2, as where there is no RENAME_NOREPLACE; 0: it
   works. */
static int renameat2_fails;

int __real_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);

int
__wrap_renameat2(int old, const char *old_name, int new, const char *new_name,
    unsigned flags)
{
	if (renameat2_fails) {
		errno = renameat2_fails;
		return -1;
	}
	return __real_renameat2(old, old_name, new, new_name, flags);
}

static void
put(int where, const char *text)
{
	int fd = openat(where, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
assert_has(const char *batch, const char *text)
{
	char found[16] = "";
	int fd = batch_open(to, batch);

	assert_true(fd >= 0);
	assert_true(read(fd, found, sizeof found - 1) >= 0);
	assert_string_equal(found, text);
	close(fd);
}

static void
clear(int where)
{
	struct batches batches;
	size_t i;

	assert_int_equal(batches_list(where, &batches), 0);
	for (i = 0; i < batches.count; i++)
		assert_int_equal(unlinkat(where, batches.names[i], 0), 0);
	batches_free(&batches);
}

/* The errors of renameat2: none; an old kernel; a file system without it. */
static const int errors[] = {0, ENOSYS, EINVAL};

static void
a_move_replaces_no_batch(void **state)
{
	struct batches batches;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(errors); i++) {
		renameat2_fails = errors[i];
		put(from, "one");
		put(to, "other");
		assert_int_equal(batch_move(from, to, name), 0);
		assert_int_equal(faccessat(from, name, F_OK, 0), -1);
		assert_int_equal(batches_list(to, &batches), 0);
		assert_int_equal(batches.count, 2);
		assert_has(name, "other");
		assert_string_equal(batches.names[0], name);
		assert_has(batches.names[1], "one");
		assert_true(strcmp(batches.names[1], next) < 0);
		assert_int_equal(spool_name_lines(batches.names[1]), 7);
		batches_free(&batches);
		clear(to);
	}
}

static void
a_move_keeps_the_name_where_it_is_free(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(errors); i++) {
		renameat2_fails = errors[i];
		put(from, "one");
		assert_int_equal(batch_move(from, to, name), 0);
		assert_int_equal(faccessat(from, name, F_OK, 0), -1);
		assert_has(name, "one");
		assert_int_equal(batch_move(from, to, name), -1);
		assert_int_equal(errno, ENOENT);
		clear(to);
	}
}

static void
the_same_file_keeps_both_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(errors); i++) {
		renameat2_fails = errors[i];
		put(from, "one");
		assert_int_equal(linkat(from, name, to, name, 0), 0);
		assert_int_equal(batch_move(from, to, name), -1);
		assert_int_equal(errno, EEXIST);
		assert_int_equal(faccessat(from, name, F_OK, 0), 0);
		assert_int_equal(faccessat(to, name, F_OK, 0), 0);
		clear(from);
		clear(to);
	}
}

static void
another_error_is_none_of_the_name(void **state)
{
	(void)state;
	renameat2_fails = EROFS;
	put(from, "one");
	assert_int_equal(batch_move(from, to, name), -1);
	assert_int_equal(errno, EROFS);
	assert_int_equal(faccessat(from, name, F_OK, 0), 0);
	clear(from);
}

static void
a_file_takes_the_place_of_one_that_is_there(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(errors); i++) {
		renameat2_fails = errors[i];
		put(from, "new");
		put(to, "old");
		assert_int_equal(folder_replace(from, name, to, name), 0);
		assert_has(name, "new");
		clear(to);
		clear(from);
		put(from, "new");
		assert_int_equal(folder_replace(from, name, to, name), -1);
		assert_int_equal(errno, ENOENT);
		assert_int_equal(faccessat(from, name, F_OK, 0), 0);
		assert_int_equal(faccessat(to, name, F_OK, 0), -1);
		clear(from);
	}
}

static void
a_list_goes_on_behind_a_name(void **state)
{
	struct batches batches;
	batch_name beside;

	(void)state;
	renameat2_fails = 0;
	put(to, "one");
	assert_int_equal(batch_name_beside(name, 3, to, beside), 0);
	assert_int_equal(renameat2(to, name, to, beside, 0), 0);
	put(to, "other");
	assert_int_equal(batches_list_behind(to, name, &batches), 0);
	assert_int_equal(batches.count, 1);
	assert_string_equal(batches.names[0], beside);
	batches_free(&batches);
	assert_int_equal(batches_list_behind(to, beside, &batches), 0);
	assert_int_equal(batches.count, 0);
	batches_free(&batches);
	assert_true(batch_is_beside(beside));
	assert_false(batch_is_beside(name));
	assert_false(batch_is_beside("notes"));
	clear(to);
}

static int
set_up(void **state)
{
	int parent;

	(void)state;
	if (!mkdtemp(folder) || (parent = open(folder, O_RDONLY)) < 0 ||
	    mkdirat(parent, "from", 0700) < 0 ||
	    mkdirat(parent, "to", 0700) < 0)
		return -1;
	from = folder_open(parent, "from");
	to = folder_open(parent, "to");
	close(parent);
	return from < 0 || to < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_move_replaces_no_batch),
	    cmocka_unit_test(a_move_keeps_the_name_where_it_is_free),
	    cmocka_unit_test(the_same_file_keeps_both_names),
	    cmocka_unit_test(another_error_is_none_of_the_name),
	    cmocka_unit_test(a_file_takes_the_place_of_one_that_is_there),
	    cmocka_unit_test(a_list_goes_on_behind_a_name),
	};

	return cmocka_run_group_tests_name("batches", tests, set_up, tear_down);
}
