#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgi/form.h"
#include "send/webhook.h"

#include "unit.h"

/* An independent reader: one field, users; its bytes on standard output. */
static const char python[] =
    "python3 -c 'import sys, urllib.parse as u; "
    "((n, v),) = u.parse_qsl(open(sys.argv[1]).read(), strict_parsing=True, "
    "encoding=\"latin-1\"); assert n == \"users\"; "
    "sys.stdout.buffer.write(v.encode(\"latin-1\"))' ";

static size_t
decode_by_python(const struct body *body, char *decoded, size_t room)
{
	char name[] = "/tmp/mixspool-body-XXXXXX", command[512];
	int fd = mkstemp(name);
	FILE *pipe;
	size_t size;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, body->bytes, body->size), body->size);
	close(fd);
	snprintf(command, sizeof command, "%s %s", python, name);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	size = fread(decoded, 1, room, pipe);
	assert_int_equal(pclose(pipe), 0);
	unlink(name);
	return size;
}

static void
every_byte_is_read_by_others(void **state)
{
	static const char wide[] = "\xf0\xa0\xae\xb7 \xf0\x9f\x98\x80";
	struct body body = {0};
	char all[256], expected[1024], decoded[1024];
	size_t size = 0, i;

	(void)state;
	body_begin(&body, &webhook_form.frame);
	for (i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	assert_int_equal(body_add(&body, all, sizeof all), 0);
	assert_int_equal(body_add(&body, wide, sizeof wide - 1), 0);
	assert_int_equal(body_end(&body), 0);
	assert_int_equal(body.users, 2);

	expected[size++] = '[';
	memcpy(expected + size, all, sizeof all);
	size += sizeof all;
	expected[size++] = ',';
	memcpy(expected + size, wide, sizeof wide - 1);
	size += sizeof wide - 1;
	expected[size++] = ']';

	assert_int_equal(
	    decode_by_python(&body, decoded, sizeof decoded), size);
	assert_memory_equal(decoded, expected, size);
	body_free(&body);
}

/* As browsers write it: WHATWG URL, the urlencoded serializer. */
static void
encodes_as_browsers_do(void **state)
{
	static const char text[] = "azAZ09*-._ ~!'()/\x7f\xc3";
	static const char form[] =
	    "users=%5BazAZ09*-._+%7E%21%27%28%29%2F%7F%C3%5D";
	struct body body = {0};

	(void)state;
	body_begin(&body, &webhook_form.frame);
	assert_int_equal(body_add(&body, text, sizeof text - 1), 0);
	assert_int_equal(body_end(&body), 0);
	assert_int_equal(body.size, sizeof form - 1);
	assert_memory_equal(body.bytes, form, body.size);

	/* Used again, and without a user. */
	body_begin(&body, &webhook_form.frame);
	assert_int_equal(body_end(&body), 0);
	assert_int_equal(body.size, sizeof "users=%5B%5D" - 1);
	assert_memory_equal(body.bytes, "users=%5B%5D", body.size);
	body_free(&body);
}

/* Whatever the sizes, so that growing is right at every boundary. */
static void
holds_any_size(void **state)
{
	struct body body = {0};
	char *user = malloc(70000), *value;
	size_t size, count, step, value_size;

	(void)state;
	assert_non_null(user);
	memset(user, '"', 70000);
	for (size = 1; size < 70000; size += size / 3 + 1) {
		body_begin(&body, &webhook_form.frame);
		for (step = 0, count = 0; step < 3; step++, count += size)
			assert_int_equal(body_add(&body, user, size), 0);
		assert_int_equal(body_end(&body), 0);
		assert_int_equal(form_field(body.bytes, body.size, "users",
				     &value, &value_size),
		    FORM_OK);
		assert_int_equal(value_size, count + 4);
	}
	free(user);
	body_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_byte_is_read_by_others),
	    cmocka_unit_test(encodes_as_browsers_do),
	    cmocka_unit_test(holds_any_size),
	};

	return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
