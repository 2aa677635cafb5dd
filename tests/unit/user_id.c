#include <stdlib.h>
#include <string.h>

#include "users/user.h"
#include "users/user_id.h"

#include "unit.h"

/* The id of a valid user, in memory that the caller frees. */
static char *
id_of(const char *json, size_t *size)
{
	char *text = strdup(json);
	struct scan_user user = {.start = text};
	struct user_fault fault = {0};
	struct token_text id;
	char *copy;

	assert_non_null(text);
	scan_user(&user, text + strlen(text), &user_rule_form);
	assert_int_equal(user_check(&user, &user_rule_form, &fault), USER_OK);
	assert_int_equal(user_id_read(&user, &user_rule_form, &id), 0);
	*size = id.size;
	copy = malloc(id.size + 1);
	assert_non_null(copy);
	memcpy(copy, id.text, id.size);
	token_text_free(&id);
	free(text);
	return copy;
}

static const struct {
	const char *json, *id;
	size_t size;
} ids[] = {
    {"{\"$distinct_id\":\"a\",\"$properties\":{}}", "a", 1},
    {"{\"$properties\":{},\"$distinct_id\":\"a\"}", "a", 1},
    /* Only the user's own member counts, not one in a value or a string. */
    {"{\"$properties\":{\"$distinct_id\":\"no\",\"b\":[1,{}]},"
     "\"x\":\"\\\",\\\"$distinct_id\\\":1,\",\t\"$distinct_id\" : \"yes\" }",
	"yes", 3},
    /* A string and an integer with the same digits are the same id. */
    {"{\"$distinct_id\":17 ,\"$properties\":{}}", "17", 2},
    {"{\"$distinct_id\":\"17\",\"$properties\":{}}", "17", 2},
    {"{\"$properties\":{},\"$distinct_id\":-17\t}", "-17", 3},
    /* Beyond 64 bits. */
    {"{\"$distinct_id\":123456789012345678901,\"$properties\":{}}",
	"123456789012345678901", 21},
    /* Escapes in the value and in the name. */
    {"{\"$distinct_id\":\"\\u00e9\\u0000\\/\",\"$properties\":{}}",
	"\xc3\xa9\0/", 4},
    {"{\"\\u0024distinct_id\":\"a\",\"$properties\":{}}", "a", 1},
    {"{\"$distinct_id\":\"\xc3\xa9\",\"$properties\":{\"n\":1e999}}",
	"\xc3\xa9", 2},
};

static void
ids_are_read_from_any_user(void **state)
{
	size_t i, size;

	(void)state;
	for (i = 0; i < COUNT(ids); i++) {
		char *id = id_of(ids[i].json, &size);

		assert_int_equal(size, ids[i].size);
		assert_memory_equal(id, ids[i].id, size);
		free(id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ids_are_read_from_any_user),
	};

	user_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
