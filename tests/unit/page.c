#include <stdio.h>
#include <string.h>

#include "send/member.h"
#include "send/page.h"
#include "send/reply.h"
#include "send/webhook.h"
#include "users/user.h"
#include "users/user_rule.h"

#include "unit.h"

/* The profile TEXT, which is changed, is the member EXPECTED. */
static void
becomes(const char *text, const char *expected)
{
	struct member member = {0};
	struct scan_user user;
	struct user_fault fault;
	char copy[1024];

	snprintf(copy, sizeof copy, "%s", text);
	user = (struct scan_user){.start = copy};
	scan_user(&user, copy + strlen(copy), &user_rule_form);
	assert_int_equal(user_check(&user, &user_rule_form, &fault), USER_OK);
	assert_int_equal(member_write(&member, &user), 0);
	assert_int_equal(member.size, strlen(expected));
	assert_memory_equal(member.text, expected, member.size);
	member_free(&member);
}

static void
properties_become_members(void **state)
{
	(void)state;
	becomes("{\"$distinct_id\":\"a\",\"$properties\":{}}",
	    "{\"mixpanel_distinct_id\":\"a\"}");
	becomes("{\"$properties\":[],\"$distinct_id\":12345678901234567890}",
	    "{\"mixpanel_distinct_id\":\"12345678901234567890\"}");
	becomes("{ \"$distinct_id\" : \"\\u0061\" , \"more\":1,"
		"\"$properties\" : { \"$email\" : \"x\" , \"n\":1.10 } }",
	    "{\"mixpanel_distinct_id\":\"\\u0061\",\"email\":\"x\",\"n\":1."
	    "10}");
	becomes("{\"$distinct_id\":\"a\",\"$properties\":{\"$first_name\":1,"
		"\"$last_name\":[{}],\"$\\u0065mail\":null,\"$city\":\"c\"}}",
	    "{\"mixpanel_distinct_id\":\"a\",\"first_name\":1,"
	    "\"last_name\":[{}],\"email\":null,\"$city\":\"c\"}");
}

/* Whichever of the two comes first. */
static void
names_that_are_taken_are_left_out(void **state)
{
	(void)state;
	becomes("{\"$distinct_id\":\"a\",\"$properties\":{\"email\":1,"
		"\"$email\":2,\"first_name\":3}}",
	    "{\"mixpanel_distinct_id\":\"a\",\"email\":2,\"first_name\":3}");
	becomes("{\"$distinct_id\":\"a\",\"$properties\":{\"$email\":2,"
		"\"\\u0065mail\":1}}",
	    "{\"mixpanel_distinct_id\":\"a\",\"email\":2}");
	becomes("{\"$distinct_id\":\"a\",\"$properties\":{"
		"\"mixpanel_distinct_id\":\"b\",\"$distinct_id\":\"c\"}}",
	    "{\"mixpanel_distinct_id\":\"a\"}");
}

static void
a_page_has_its_head(void **state)
{
	static const char expected[] =
	    "{\"action\":\"members\",\"parameters\":{"
	    "\"mixpanel_project_id\":\"1\",\"mixpanel_cohort_id\":\"7\","
	    "\"mixpanel_cohort_name\":\"a \\\"b\\\"\","
	    "\"mixpanel_cohort_description\":\"\","
	    "\"mixpanel_session_id\":\"s\","
	    "\"page_info\":{\"total_pages\":3,\"page_count\":2},"
	    "\"members\":[{},{}]}}";
	const struct page page = {.action = "members",
	    .project = "1",
	    .id = "7",
	    .name = "a \"b\"",
	    .session = "s",
	    .number = 2,
	    .total = 3};
	struct body body = {0};

	(void)state;
	body_begin(&body, &webhook_cohort.frame);
	assert_int_equal(page_begin(&body, &page), 0);
	assert_int_equal(body_add(&body, "{}", 2), 0);
	assert_int_equal(body_add(&body, "{}", 2), 0);
	assert_int_equal(body_end(&body), 0);
	assert_int_equal(body.size, sizeof expected - 1);
	assert_memory_equal(body.bytes, expected, body.size);
	body_free(&body);
}

static const char *
fault_of(const char *text)
{
	struct reply reply;

	reply_read(&reply, text, strlen(text), "members");
	return reply.fault;
}

static void
only_success_with_the_action_counts(void **state)
{
	struct reply reply;
	static const char failure[] = "{\"error\":{\"message\":\"a\\u0007b\"}}";

	(void)state;
	assert_null(
	    fault_of("{\"action\":\"members\",\"status\":\"success\"}"));
	assert_null(fault_of("\r\n{ \"x\":1,\"status\":\"success\",\n"
			     "\"action\":\"members\"}\n"));
	assert_non_null(fault_of(""));
	assert_non_null(fault_of("ok"));
	assert_non_null(fault_of("[]"));
	assert_non_null(fault_of("{\"status\":\"success\"}"));
	assert_non_null(fault_of("{\"action\":\"members\"}"));
	assert_non_null(fault_of("{\"action\":1,\"status\":\"success\"}"));
	assert_non_null(
	    fault_of("{\"action\":\"members\",\"status\":\"success\"}}"));
	assert_non_null(
	    fault_of("{\"action\":\"add_members\",\"status\":\"success\"}"));
	reply_read(&reply, failure, sizeof failure - 1, "members");
	assert_string_equal(reply.message, "a\\x07b");
	reply_read(&reply, "{\"error\":\"x\"}", 13, "members");
	assert_string_equal(reply.message, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(properties_become_members),
	    cmocka_unit_test(names_that_are_taken_are_left_out),
	    cmocka_unit_test(a_page_has_its_head),
	    cmocka_unit_test(only_success_with_the_action_counts),
	};

	user_init();
	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
