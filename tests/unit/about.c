#include <stdlib.h>
#include <string.h>

#include "once/about.h"

#include "unit.h"

static struct about
about_of(const char *text, struct line_value *object)
{
	struct about about;
	const char *why;

	*object = (struct line_value){text, text + strlen(text)};
	assert_int_equal(about_read(*object, &about, &why), 0);
	return about;
}

#define PAGE(session, page, total)                                             \
	"{\"action\":\"members\",\"mixpanel_session_id\":" session             \
	",\"page_info\":{\"page_count\":" page ",\"total_pages\":" total       \
	"},\"x\":1}"

/* Numbers, and what counts as none. */
static void
test_pages(void **state)
{
	static const struct {
		const char *text;
		int64_t page, total;
	} cases[] = {
	    {PAGE("1", "1", "1"), 1, 1},
	    {PAGE("1", "\"2\"", "3"), 2, 3},
	    {PAGE("1", "1000000000", "1000000000"), 1000000000, 1000000000},
	    {PAGE("1", "1000000001", "1000000001"), 0, 0},
	    {PAGE("1", "1", "99999999999999999999999"), 0, 0},
	    {PAGE("1", "4", "3"), 0, 0},
	    {PAGE("1", "0", "3"), 0, 0},
	    {PAGE("1", "-1", "3"), 0, 0},
	    {PAGE("1", "1.0", "3"), 0, 0},
	    {PAGE("1", "\"\"", "3"), 0, 0},
	    {PAGE("1", "true", "3"), 0, 0},
	    {PAGE("1", "[1]", "3"), 0, 0},
	    {PAGE("1", "1", "null"), 0, 0},
	    {"{\"action\":\"members\"}", 1, 1},
	    {"{\"action\":\"members\",\"page_info\":null}", 1, 1},
	    {"{\"action\":\"members\",\"page_info\":{}}", 0, 0},
	    {"{\"action\":\"members\",\"page_info\":[]}", 0, 0},
	    {"{\"action\":\"members\",\"page_info\":7}", 0, 0},
	    {"{\"action\":\"members\",\"page_info\":{\"page_count\":1}}", 0, 0},
	};
	struct line_value object;
	struct about about;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		about = about_of(cases[i].text, &object);
		assert_int_equal(about.page, cases[i].page);
		assert_int_equal(about.total, cases[i].total);
		about_free(&about);
	}
}

static void
test_actions(void **state)
{
	static const char *const wrong[] = {"{}", "{\"action\":1}",
	    "{\"action\":\"Members\"}", "{\"action\":null}",
	    "{\"action\":\"\"}", "{\"action\":[\"members\"]}"};
	struct line_value object;
	struct about about;
	const char *why;
	size_t i;

	(void)state;
	about = about_of("{\"\\u0061ction\":\"\\u0061dd_members\"}", &object);
	assert_int_equal(about.action, ABOUT_ADD);
	about_free(&about);
	for (i = 0; i < COUNT(wrong); i++) {
		object =
		    (struct line_value){wrong[i], wrong[i] + strlen(wrong[i])};
		assert_int_equal(about_read(object, &about, &why), -1);
		assert_non_null(why);
	}
}

static void
test_rest(void **state)
{
	struct line_value object;
	struct about about = about_of(
	    "{ \"action\" : \"members\" , \"a\" : [1, 2],\"page_info\":{}, "
	    "\"b\":\"x\" ,\"inferred\":true}",
	    &object);
	char *rest = about_copy_rest(object);

	(void)state;
	assert_string_equal(rest, ",\"a\" : [1, 2],\"b\":\"x\"");
	free(rest);
	about_free(&about);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages),
	    cmocka_unit_test(test_actions),
	    cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
