#include <string.h>

#include "cgi/form.h"
#include "unit.h"
#include "versions.h"

static const struct {
	const char *body;
	enum form_status status;
	const char *value; /* when FORM_OK */
	size_t position;   /* when FORM_BAD_ESCAPE */
} forms[] = {
    {"users=a", FORM_OK, "a", 0},
    {"users=", FORM_OK, "", 0},
    {"users", FORM_OK, "", 0},
    {"a=b&users=c+d%20e&f", FORM_OK, "c d e", 0},
    {"users=%5b%5B%2b%2B%25", FORM_OK, "[[++%", 0},
    {"users=a=b", FORM_OK, "a=b", 0},
    {"us%65rs=a", FORM_OK, "a", 0},
    {"&&users=a&&", FORM_OK, "a", 0},
    {"users=%c3%a9", FORM_OK, "\xc3\xa9", 0},
    {"", FORM_MISSING, NULL, 0},
    {"Users=a&xusers=b&user=c&usersx=d", FORM_MISSING, NULL, 0},
    {"other=users", FORM_MISSING, NULL, 0},
    {"users=a&users=b", FORM_REPEATED, NULL, 0},
    {"users=&users=", FORM_REPEATED, NULL, 0},
    {"users=%", FORM_BAD_ESCAPE, NULL, 6},
    {"users=%4", FORM_BAD_ESCAPE, NULL, 6},
    {"users=%zz", FORM_BAD_ESCAPE, NULL, 6},
    {"users=% 4", FORM_BAD_ESCAPE, NULL, 6},
    {"users=%-1", FORM_BAD_ESCAPE, NULL, 6},
    {"users=%4&x=1", FORM_BAD_ESCAPE, NULL, 6},
    {"users=a&b=%4g", FORM_BAD_ESCAPE, NULL, 10},
    {"%=users", FORM_BAD_ESCAPE, NULL, 0},
};

static void
reads_one_field(void **state)
{
	size_t i, size, length;
	char body[64], *value;

	(void)state;
	for (i = 0; i < COUNT(forms); i++) {
		print_message("%s\n", forms[i].body);
		length = strlen(forms[i].body);
		memcpy(body, forms[i].body, length);
		assert_int_equal(
		    form_field(body, length, "users", &value, &size),
		    forms[i].status);
		if (forms[i].status == FORM_OK) {
			assert_int_equal(size, strlen(forms[i].value));
			assert_memory_equal(value, forms[i].value, size);
		}
		if (forms[i].status == FORM_BAD_ESCAPE)
			assert_int_equal(size, forms[i].position);
	}
}

static void
decodes_every_byte(void **state)
{
	static const char hex[] = "0123456789abcdef";
	char body[6 + 3 * 256] = "users=", *value;
	size_t size, i;

	(void)state;
	for (i = 0; i < 256; i++) {
		body[6 + 3 * i] = '%';
		body[7 + 3 * i] = hex[i / 16];
		body[8 + 3 * i] = hex[i % 16];
	}
	assert_int_equal(
	    form_field(body, sizeof body, "users", &value, &size), FORM_OK);
	assert_int_equal(size, 256);
	for (i = 0; i < 256; i++)
		assert_int_equal((unsigned char)value[i], i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_one_field),
	    cmocka_unit_test(decodes_every_byte),
	};

	return RUN_WITH_EACH_VERSION("form", tests, NULL);
}
