#include "journal/summary.h"

#include <errno.h>

#include "journal_files.h"

/* 14:30 on DAY. */
#define NOW (AT(0, 14) + HOUR_MS / 2)

static struct summary summary;

static void
read_at(int64_t now_ms)
{
	summary_free(&summary);
	assert_int_equal(summary_read(folder, now_ms, &summary), 0);
}

/* Reads at NOW. */
static const struct summary_campaign *
find(const char *campaign)
{
	const struct summary_campaign *found;

	read_at(NOW);
	found = summary_find(&summary, campaign);
	assert_non_null(found);
	return found;
}

static void
put(int64_t day, int64_t at_ms, unsigned status, uint64_t users)
{
	const struct journal_entry entry = request_of(at_ms, status, users);

	files_put_entry(day, &entry);
}

static uint64_t
count_of(const struct summary_campaign *campaign, unsigned status)
{
	size_t i;

	for (i = 0; i < SUMMARY_STATUSES; i++)
		if (campaign->statuses[i].requests > 0 &&
		    campaign->statuses[i].status == status)
			return campaign->statuses[i].requests;
	return 0;
}

static void
assert_hour(const struct summary_hour *hour, uint64_t requests, uint64_t users,
    uint64_t refused)
{
	assert_int_equal(hour->requests, requests);
	assert_int_equal(hour->users, users);
	assert_int_equal(hour->refused, refused);
}

static void
nothing_is_empty(void **state)
{
	(void)state;
	assert_int_equal(summary_read(-1, NOW, &summary), 0);
	assert_true(summary.is_empty);
	assert_int_equal(summary.count, 0);
	assert_null(summary_find(&summary, "default"));
	read_at(NOW);
	assert_true(summary.is_empty);
	files_put_text(0, "rubbish\n");
	read_at(NOW);
	assert_false(summary.is_empty);
	assert_int_equal(summary.count, 0);
	assert_int_equal(summary.now_ms, NOW);
}

static void
requests_are_counted_by_hour_and_status(void **state)
{
	const struct summary_campaign *c;

	(void)state;
	put(-2, AT(-2, 14), 200, 1); /* 48 hours ago */
	put(-2, AT(-2, 15), 200, 2); /* 47 hours ago, the first one */
	put(-1, AT(-1, 23), 200, 4);
	put(0, AT(0, 0), 200, 8);
	put(0, AT(0, 0), 400, 0);
	put(0, AT(0, 14), 200, 16);
	put(0, NOW, 503, 0);
	put(0, NOW, 503, 0);
	c = find("default");
	assert_hour(&c->hours[0], 1, 2, 0);
	assert_hour(&c->hours[32], 1, 4, 0);
	assert_hour(&c->hours[33], 2, 8, 1);
	assert_hour(&c->hours[34], 0, 0, 0);
	assert_hour(&c->hours[47], 3, 16, 2);
	assert_hour(&c->today, 5, 24, 3);
	assert_int_equal(count_of(c, 200), 5);
	assert_int_equal(count_of(c, 400), 1);
	assert_int_equal(count_of(c, 503), 2);
	assert_int_equal(count_of(c, 404), 0);
	assert_int_equal(c->users, 31);
	assert_true(c->last_arrival_ms == AT(0, 14));
	assert_true(c->last_refusal_ms == NOW);
	assert_int_equal(c->last_status, 503);
}

static void
times_have_buckets(void **state)
{
	static const uint64_t times[] = {0, 5, 6, 10, 10000, 10001};
	const struct summary_campaign *c;
	struct journal_entry entry;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(times); i++) {
		entry = request_of(NOW, 200, 1);
		entry.ms = times[i];
		files_put_entry(0, &entry);
	}
	entry = request_of(NOW, 503, 0);
	files_put_entry(0, &entry);
	entry = request_of(NOW, 200, 0);
	entry.kind = ENTRY_MINUTE;
	entry.requests = 100;
	entry.ms = 2500;
	files_put_entry(0, &entry);
	c = find("default");
	assert_int_equal(c->buckets[0], 2);
	assert_int_equal(c->buckets[1], 2);
	assert_int_equal(c->buckets[2], 100);
	assert_int_equal(c->buckets[SUMMARY_BUCKETS - 2], 1);
	assert_int_equal(c->buckets[SUMMARY_BUCKETS - 1], 1);
	assert_int_equal(c->stored_ms, 20022 + 2500);
}

static void
a_minute_is_as_many_requests(void **state)
{
	struct journal_entry entry = request_of(AT(0, 13), 200, 700);
	const struct summary_campaign *c;

	(void)state;
	entry.kind = ENTRY_MINUTE;
	entry.requests = 90;
	entry.aside = 3;
	files_put_entry(0, &entry);
	entry.status = 429;
	entry.requests = 5;
	entry.users = 0;
	files_put_entry(0, &entry);
	c = find("default");
	assert_hour(&c->hours[46], 95, 700, 5);
	assert_int_equal(count_of(c, 200), 90);
	assert_int_equal(count_of(c, 429), 5);
	assert_int_equal(c->aside, 3);
	assert_true(c->last_arrival_ms == AT(0, 13));
}

static void
the_last_refusal_has_its_reason(void **state)
{
	struct journal_entry entry = request_of(AT(0, 13), 400, 0);
	const struct summary_campaign *c;

	(void)state;
	entry.why = text_of("not JSON: \"\xc3\xa9\\");
	files_put_entry(0, &entry);
	entry.at_ms -= 1;
	entry.why = text_of("earlier");
	files_put_entry(0, &entry);
	c = find("default");
	assert_string_equal(c->last_why, "not JSON: \"\xc3\xa9\\");
	/* A minute has no reason; that of the same status stays. */
	entry = request_of(AT(0, 14), 400, 0);
	entry.kind = ENTRY_MINUTE;
	files_put_entry(0, &entry);
	c = find("default");
	assert_true(c->last_refusal_ms == AT(0, 14));
	assert_string_equal(c->last_why, "not JSON: \"\xc3\xa9\\");
	entry.status = 401;
	files_put_entry(0, &entry);
	c = find("default");
	assert_int_equal(c->last_status, 401);
	assert_string_equal(c->last_why, "");
}

static void
put_run(int64_t at_ms, int status, uint64_t users)
{
	const struct journal_entry entry = {.kind = ENTRY_RUN,
	    .at_ms = at_ms,
	    .campaign = text_of("default"),
	    .command = text_of("to-postgres"),
	    .exit = status,
	    .users = users,
	    .run_ms = 1234};

	files_put_entry(0, &entry);
}

static void
runs_are_counted(void **state)
{
	const struct summary_campaign *c;

	(void)state;
	put_run(AT(0, 9), 0, 7);
	put_run(AT(0, 10), 1, 50);
	c = find("default");
	assert_int_equal(c->runs, 2);
	assert_int_equal(c->failed_runs, 1);
	assert_true(c->last_run_ms == AT(0, 10));
	assert_true(c->last_success_ms == AT(0, 9));
	assert_int_equal(c->last_exit, 1);
	assert_int_equal(c->last_run_users, 50);
	assert_int_equal(c->users, 0);
	assert_int_equal(c->last_arrival_ms, 0);
	assert_hour(&c->today, 0, 0, 0);
	put_run(AT(0, 11), 0, 51);
	assert_true(find("default")->last_success_ms == AT(0, 11));
}

static void
put_page(int64_t at_ms, const char *cohort, const char *name,
    const char *action, uint64_t users)
{
	struct journal_entry entry = request_of(at_ms, 200, users);

	entry.project = text_of("7");
	entry.cohort = text_of(cohort);
	entry.name = text_of(name);
	entry.action = text_of(action);
	entry.page = 3;
	entry.pages = 10;
	files_put_entry(0, &entry);
}

static void
cohorts_have_their_last_page(void **state)
{
	const struct summary_campaign *c;

	(void)state;
	put_page(AT(0, 9), "12", "Loyal", "members", 1000);
	put_page(AT(0, 10), "13", "<b>\n", "add_members", 5);
	put_page(AT(0, 11), "12", "", "remove_members", 0);
	put_page(AT(0, 10), "12", "Old", "members", 9);
	c = find("default");
	assert_int_equal(c->cohort_count, 2);
	assert_string_equal(c->cohorts[0].id, "12");
	assert_string_equal(c->cohorts[0].project, "7");
	assert_string_equal(c->cohorts[0].name, "Loyal");
	assert_string_equal(c->cohorts[0].action, "remove_members");
	assert_true(c->cohorts[0].last_ms == AT(0, 11));
	assert_true(c->cohorts[0].last_full_ms == AT(0, 10));
	assert_int_equal(c->cohorts[0].page_users, 0);
	assert_int_equal(c->cohorts[0].page, 3);
	assert_int_equal(c->cohorts[0].pages, 10);
	assert_string_equal(c->cohorts[1].name, "<b>\n");
	assert_int_equal(c->cohorts[1].last_full_ms, 0);
	assert_true(c->last_arrival_ms == AT(0, 11));
}

static void
the_newest_cohorts_stay(void **state)
{
	const struct summary_campaign *c;
	char id[16];
	int i;

	(void)state;
	for (i = 0; i < SUMMARY_COHORTS + 10; i++) {
		snprintf(id, sizeof id, "%d", i);
		put_page(AT(0, 9) + i, id, "x", "members", 1);
	}
	c = find("default");
	assert_int_equal(c->cohort_count, SUMMARY_COHORTS);
	for (i = 0; i < SUMMARY_COHORTS; i++) {
		snprintf(id, sizeof id, "%d", SUMMARY_COHORTS + 9 - i);
		assert_string_equal(c->cohorts[i].id, id);
	}
}

static void
put_for(const char *campaign, unsigned status)
{
	struct journal_entry entry = request_of(NOW, status, 1);

	entry.campaign = text_of(campaign);
	files_put_entry(0, &entry);
}

static void
campaigns_are_sorted(void **state)
{
	static const char *const names[] = {"", "Z", "a", "ab", "b", "default"};
	static const char *const put_names[] = {
	    "b", "default", "ab", "Z", "a", "", "b"};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(put_names); i++)
		put_for(put_names[i], 200);
	read_at(NOW);
	assert_int_equal(summary.count, COUNT(names));
	for (i = 0; i < COUNT(names); i++)
		assert_string_equal(summary.campaigns[i].campaign, names[i]);
	assert_int_equal(summary_find(&summary, "b")->users, 2);
	assert_null(summary_find(&summary, "c"));
}

/* So that whoever guesses names fills no memory. */
static void
wrong_names_are_no_campaigns(void **state)
{
	static const char long_name[] =
	    "01234567890123456789012345678901234567890123456789"
	    "012345678901234";
	static const char *const names[] = {
	    "-a", "a b", "a\"b", "..", "<b>", "\xc3\xa9", long_name};
	char name[16];
	size_t i;

	(void)state;
	put_for("gone", 404);
	for (i = 0; i < COUNT(names); i++)
		put_for(names[i], 200);
	read_at(NOW);
	assert_int_equal(summary.count, 1);
	assert_string_equal(summary.campaigns[0].campaign, "");
	assert_int_equal(summary.campaigns[0].today.requests, 1 + COUNT(names));
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "n%zu", i);
		put_for(name, 401);
	}
	put_for("sure", 200);
	put_for("n1", 401);
	read_at(NOW);
	assert_in_range(summary.count, 200, 300);
	assert_int_equal(count_of(summary_find(&summary, "n1"), 401), 2);
	assert_int_equal(summary_find(&summary, "sure")->users, 1);
}

/* A clock was a week ahead, and is right again. */
static void
what_is_dated_after_now_is_in_the_sums_alone(void **state)
{
	const struct summary_campaign *c;

	(void)state;
	put(0, AT(0, 13), 200, 1);
	put(0, AT(0, 20), 200, 2);
	put(7, AT(7, 3), 200, 4);
	put(7, AT(7, 3), 400, 0);
	put_run(AT(0, 20), 0, 9);
	put_page(AT(0, 20), "12", "Loyal", "members", 8);
	c = find("default");
	assert_int_equal(c->users, 15);
	assert_int_equal(count_of(c, 200), 4);
	assert_int_equal(count_of(c, 400), 1);
	assert_int_equal(c->runs, 1);
	assert_hour(&c->today, 1, 1, 0);
	assert_true(c->last_arrival_ms == AT(0, 13));
	assert_int_equal(c->last_refusal_ms, 0);
	assert_int_equal(c->last_run_ms, 0);
	assert_int_equal(c->last_success_ms, 0);
	assert_int_equal(c->cohort_count, 0);
	/* Clocks of two hosts differ a little. */
	put(0, NOW + 60000, 200, 1);
	assert_true(find("default")->last_arrival_ms == NOW + 60000);
}

static void
an_unreadable_folder_fails(void **state)
{
	const int fd = open("/dev/null", O_RDONLY);
	struct summary none;

	(void)state;
	assert_int_equal(summary_read(fd, NOW, &none), -1);
	assert_int_equal(errno, ENOTDIR);
	close(fd);
}

static int
end(void **state)
{
	summary_free(&summary);
	return files_clear(state);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_teardown(test, end)
	const struct CMUnitTest tests[] = {
	    TEST(nothing_is_empty),
	    TEST(requests_are_counted_by_hour_and_status),
	    TEST(times_have_buckets),
	    TEST(a_minute_is_as_many_requests),
	    TEST(the_last_refusal_has_its_reason),
	    TEST(runs_are_counted),
	    TEST(cohorts_have_their_last_page),
	    TEST(the_newest_cohorts_stay),
	    TEST(campaigns_are_sorted),
	    TEST(wrong_names_are_no_campaigns),
	    TEST(what_is_dated_after_now_is_in_the_sums_alone),
	    TEST(an_unreadable_folder_fails),
	};

	return cmocka_run_group_tests(tests, files_make, files_remove);
}
