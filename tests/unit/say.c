/* Each message is one write: a pipe in packet mode keeps writes apart. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "unit.h"

static int pipe_ends[2], standard_error;

static int
catch_standard_error(void **state)
{
	(void)state;
	standard_error = dup(STDERR_FILENO);
	return pipe2(pipe_ends, O_DIRECT | O_CLOEXEC | O_NONBLOCK) == 0 &&
		       dup2(pipe_ends[1], STDERR_FILENO) == STDERR_FILENO
		   ? 0
		   : -1;
}

static int
restore_standard_error(void **state)
{
	(void)state;
	(void)dup2(standard_error, STDERR_FILENO);
	close(standard_error);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return 0;
}

static ssize_t
next_write(char *text, size_t size)
{
	ssize_t got = read(pipe_ends[0], text, size - 1);

	text[got > 0 ? got : 0] = '\0';
	return got;
}

static void
a_message_is_one_write(void **state)
{
	char text[200];

	(void)state;
	say_set_program("mixspool drain");
	say("cannot open %s: %s", "spool", "gone");
	assert_true(next_write(text, sizeof text) > 0);
	assert_string_equal(text, "mixspool drain: cannot open spool: gone\n");
	assert_int_equal(next_write(text, sizeof text), -1);
}

static void
a_message_is_one_printable_line(void **state)
{
	static const struct {
		const char *name, *shown;
	} cases[] = {
	    {"plain ~!", "plain ~!"},
	    {"a\nb\r\t\x1b[31m\x7f", "a\\x0ab\\x0d\\x09\\x1b[31m\\x7f"},
	    {"\xc3\xa9 \xe5\x90\x8d \xf0\x9f\x98\x80",
		"\xc3\xa9 \xe5\x90\x8d \xf0\x9f\x98\x80"},
	    {"\xc2\x9b" /* CSI */, "\\xc2\\x9b"},
	    /* NOLINTNEXTLINE(misc-misleading-bidirectional) */
	    {"\xe2\x80\xae" /* right to left */, "\\xe2\\x80\\xae"},
	    {"\xe2\x80\xa8" /* a line end */, "\\xe2\\x80\\xa8"},
	    {"\xc0\xaf\xff\xed\xa0\x80\xe5\x90",
		"\\xc0\\xaf\\xff\\xed\\xa0\\x80\\xe5\\x90"},
	    {"\xf5\x80\x80\x80\xf4\x90\x80\x80",
		"\\xf5\\x80\\x80\\x80\\xf4\\x90\\x80\\x80"},
	    {"\xe0\x80\x80\xf0\x80\x80\x80",
		"\\xe0\\x80\\x80\\xf0\\x80\\x80\\x80"},
	    {"\\x1b", "\\x1b"},
	};
	char text[200], expected[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		say("%s.", cases[i].name);
		assert_true(next_write(text, sizeof text) > 0);
		snprintf(expected, sizeof expected, "mixspool drain: %s.\n",
		    cases[i].shown);
		assert_string_equal(text, expected);
	}
}

static void
fail_returns_the_status_and_keeps_errno(void **state)
{
	char text[200];

	(void)state;
	errno = ENOTTY;
	assert_int_equal(say_fail(75, "busy"), 75);
	assert_int_equal(errno, ENOTTY);
	assert_true(next_write(text, sizeof text) > 0);
	assert_string_equal(text, "mixspool drain: busy\n");
}

/* A pipe hands a write above PIPE_BUF on in packets of that size. */
static void
a_long_message_is_cut_and_its_line_ends(void **state)
{
	char *name = malloc((size_t)2 * SAY_MAX), text[SAY_MAX + 1];
	size_t size = 0;
	ssize_t got;

	(void)state;
	assert_non_null(name);
	memset(name, 'x', (size_t)2 * SAY_MAX - 1);
	name[2 * SAY_MAX - 1] = '\0';
	say("%s", name);
	while ((got = next_write(text + size, sizeof text - size)) > 0)
		size += (size_t)got;
	assert_int_equal(size, SAY_MAX);
	assert_int_equal(text[size - 1], '\n');
	assert_ptr_equal(strchr(text, '\n'), text + size - 1);
	free(name);
}

static char taken[100];
static bool taken_as_warning;

static void
take(bool is_warning, const char *text)
{
	strncpy(taken, text, sizeof taken - 1);
	taken_as_warning = is_warning;
	errno = EPIPE;
}

static void
a_taken_message_is_not_written(void **state)
{
	char text[200];

	(void)state;
	say_set_program("mixspool drain");
	say_take(take);
	errno = ENOTTY;
	say("%s is down", "it");
	assert_string_equal(taken, "drain: it is down");
	assert_false(taken_as_warning);
	say_warning("%s is slow", "it");
	assert_string_equal(taken, "drain: it is slow");
	assert_true(taken_as_warning);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(next_write(text, sizeof text), -1);
	say_take(NULL);
	say_warning("%s is slow", "it");
	assert_true(next_write(text, sizeof text) > 0);
	assert_string_equal(text, "mixspool drain: it is slow\n");
}

static void
close_keeps_errno(void **state)
{
	int fd = dup(pipe_ends[0]);

	(void)state;
	assert_true(fd >= 0);
	errno = ENOSPC;
	assert_int_equal(fd_close(fd), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	errno = EDQUOT;
	assert_int_equal(fd_close(-1), -1);
	assert_int_equal(errno, EDQUOT);
	assert_int_equal(fd_close_error(-1, EMLINK), -1);
	assert_int_equal(errno, EMLINK);
}

static void
what_cannot_be_written_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(fd_write_all(pipe_ends[0], "x", 1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(fd_write_all(pipe_ends[0], "", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, catch_standard_error, restore_standard_error)
	    TEST(a_message_is_one_write),
	    TEST(a_message_is_one_printable_line),
	    TEST(fail_returns_the_status_and_keeps_errno),
	    TEST(a_long_message_is_cut_and_its_line_ends),
	    TEST(a_taken_message_is_not_written),
	    TEST(close_keeps_errno),
	    TEST(what_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
