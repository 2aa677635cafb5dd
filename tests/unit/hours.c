#include "journal/hours.h"

#include <errno.h>
#include <sys/time.h>

#include "journal/day_file.h"
#include "journal/hours_file.h"
#include "journal_files.h"

/* Noon on DAY. */
#define NOW AT(0, 12)

static void
put(int64_t day, int64_t hour, unsigned status, uint64_t users)
{
	const struct journal_entry entry =
	    request_of(AT(day, hour), status, users);

	files_put_entry(day, &entry);
}

/* One of each kind, with all that is kept. */
static void
put_all_kinds(int64_t day)
{
	struct journal_entry page = request_of(AT(day, 3), 200, 1000);
	struct journal_entry minute = request_of(AT(day, 4), 200, 70);
	struct journal_entry refused = request_of(AT(day, 23), 401, 0);
	struct journal_entry run = {.kind = ENTRY_RUN,
	    .at_ms = AT(day, 5),
	    .campaign = text_of("vip"),
	    .command = text_of("to-postgres"),
	    .users = 9,
	    .exit = 75};

	page.project = text_of("7");
	page.cohort = text_of("12");
	page.name = text_of("\"Loyal\\\x1f\xc3\xa9");
	page.action = text_of("members");
	page.page = 3;
	page.pages = 10;
	page.aside = 1;
	page.ms = 12;
	minute.kind = ENTRY_MINUTE;
	minute.requests = 10;
	refused.campaign = text_of("");
	refused.why = text_of("a \"wrong\" password");
	files_put_entry(day, &page);
	files_put_entry(day, &minute);
	files_put_entry(day, &refused);
	files_put_entry(day, &run);
	run.exit = 0;
	files_put_entry(day, &run);
}

static void
assert_same_cohort(
    const struct summary_cohort *a, const struct summary_cohort *b)
{
	assert_string_equal(a->project, b->project);
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->action, b->action);
	assert_true(a->last_ms == b->last_ms);
	assert_true(a->last_full_ms == b->last_full_ms);
	assert_int_equal(a->page_users, b->page_users);
	assert_int_equal(a->page, b->page);
	assert_int_equal(a->pages, b->pages);
}

static void
assert_same_campaign(
    const struct summary_campaign *a, const struct summary_campaign *b)
{
	size_t i;

	assert_string_equal(a->campaign, b->campaign);
	assert_memory_equal(a->hours, b->hours, sizeof a->hours);
	assert_memory_equal(&a->today, &b->today, sizeof a->today);
	for (i = 0; i < SUMMARY_STATUSES; i++) {
		assert_int_equal(a->statuses[i].status, b->statuses[i].status);
		assert_int_equal(
		    a->statuses[i].requests, b->statuses[i].requests);
	}
	assert_int_equal(a->users, b->users);
	assert_int_equal(a->aside, b->aside);
	assert_memory_equal(a->buckets, b->buckets, sizeof a->buckets);
	assert_int_equal(a->stored_ms, b->stored_ms);
	assert_int_equal(a->runs, b->runs);
	assert_int_equal(a->failed_runs, b->failed_runs);
	assert_true(a->last_arrival_ms == b->last_arrival_ms);
	assert_true(a->last_refusal_ms == b->last_refusal_ms);
	assert_string_equal(a->last_why, b->last_why);
	assert_int_equal(a->last_status, b->last_status);
	assert_true(a->last_run_ms == b->last_run_ms);
	assert_true(a->last_success_ms == b->last_success_ms);
	assert_int_equal(a->last_run_users, b->last_run_users);
	assert_int_equal(a->last_exit, b->last_exit);
	assert_int_equal(a->cohort_count, b->cohort_count);
	for (i = 0; i < a->cohort_count; i++)
		assert_same_cohort(&a->cohorts[i], &b->cohorts[i]);
}

static void
assert_same(const struct summary *a, const struct summary *b)
{
	size_t i;

	assert_int_equal(a->count, b->count);
	assert_int_equal(a->is_empty, b->is_empty);
	assert_true(a->now_ms == b->now_ms);
	for (i = 0; i < a->count; i++)
		assert_same_campaign(&a->campaigns[i], &b->campaigns[i]);
}

static void
read_at(int64_t now_ms, struct summary *summary)
{
	assert_int_equal(summary_read(folder, now_ms, summary), 0);
}

static uint64_t
users_at(int64_t now_ms)
{
	const struct summary_campaign *found;
	struct summary summary;
	uint64_t users;

	read_at(now_ms, &summary);
	found = summary_find(&summary, "default");
	users = found ? found->users : 0;
	summary_free(&summary);
	return users;
}

static void
remove_file(int64_t day, const char *suffix)
{
	char name[DAY_NAME_SIZE];

	day_name(DAY + day, suffix, name);
	assert_int_equal(unlinkat(folder, name, 0), 0);
}

static void
hours_say_what_the_lines_say(void **state)
{
	static const int64_t offsets[] = {0, 11, -12, 30, 47, 48, 100};
	struct summary by_lines, by_hours;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(offsets); i++) {
		put(-9, 1, 200, 50);
		put_all_kinds(-2);
		put_all_kinds(-1);
		put(-1, 23, 503, 0);
		put(0, 5, 200, 3);
		read_at(NOW + offsets[i] * HOUR_MS, &by_lines);
		assert_int_equal(
		    hours_make(folder, NOW + offsets[i] * HOUR_MS), 0);
		assert_true(files_has(
		    (NOW + offsets[i] * HOUR_MS - 60000) / DAY_MS - DAY - 1,
		    DAY_HOURS));
		read_at(NOW + offsets[i] * HOUR_MS, &by_hours);
		assert_same(&by_lines, &by_hours);
		summary_free(&by_lines);
		summary_free(&by_hours);
		files_clear(NULL);
	}
}

/* Without lines it can only come from the hours. */
static void
sums_outlive_the_lines(void **state)
{
	struct summary before, after;

	(void)state;
	put_all_kinds(-2);
	assert_int_equal(hours_make(folder, NOW - DAY_MS), 0);
	put_all_kinds(-1);
	put(0, 3, 200, 5);
	assert_int_equal(hours_make(folder, NOW), 0);
	read_at(NOW, &before);
	remove_file(-2, DAY_LINES);
	remove_file(-2, DAY_HOURS);
	remove_file(-1, DAY_LINES);
	read_at(NOW, &after);
	assert_same(&before, &after);
	summary_free(&before);
	summary_free(&after);
}

/* The one before is left, and the lines after it. */
static void
an_earlier_day_helps_out(void **state)
{
	int64_t day;

	(void)state;
	for (day = -5; day < 0; day++) {
		put(day, 1, 200, 1);
		assert_int_equal(hours_make(folder, AT(day + 1, 1)), 0);
	}
	for (day = -5; day < -3; day++)
		remove_file(day, DAY_LINES);
	assert_int_equal(users_at(NOW), 5);
	for (day = -1; day >= -4; day--) {
		remove_file(day, DAY_HOURS);
		assert_int_equal(users_at(NOW), day > -4 ? 5 : 4);
	}
	assert_int_equal(hours_make(folder, NOW), 0);
	assert_true(files_has(-1, DAY_HOURS));
	assert_int_equal(users_at(NOW), 4);
}

/* More days than a file of hours has a place for. */
static void
years_are_kept(void **state)
{
	int64_t day;

	(void)state;
	for (day = -800; day < 0; day++) {
		put(day, 1, 200, 1);
		if (day % 100 == 0)
			assert_int_equal(hours_make(folder, AT(day + 1, 1)), 0);
	}
	assert_int_equal(hours_make(folder, NOW), 0);
	assert_int_equal(users_at(NOW), 800);
	remove_file(-1, DAY_LINES);
	remove_file(-700, DAY_LINES);
	assert_int_equal(users_at(NOW), 800);
	put(-367, 1, 200, 1);
	assert_int_equal(users_at(NOW), 800);
}

/* For 40 days nothing came, and all of these days are removed. */
static void
sums_outlive_a_silence(void **state)
{
	int64_t day;

	(void)state;
	put(0, 1, 200, 5);
	for (day = 1; day < 40; day++) {
		assert_int_equal(hours_make(folder, AT(day, 1)), 0);
		assert_true(files_has(day - 1, DAY_HOURS));
		if (day > 2)
			remove_file(day - 3, DAY_HOURS);
		assert_int_equal(users_at(AT(day, 1)), 5);
	}
	remove_file(0, DAY_LINES);
	put(40, 1, 200, 2);
	assert_int_equal(users_at(AT(40, 2)), 7);
	assert_int_equal(hours_make(folder, AT(41, 1)), 0);
	assert_int_equal(users_at(AT(41, 2)), 7);
}

static void
nothing_has_no_hours(void **state)
{
	(void)state;
	assert_int_equal(hours_make(folder, NOW), 0);
	assert_false(files_has(-1, DAY_HOURS));
	put(0, 1, 200, 5);
	assert_int_equal(hours_make(folder, NOW), 0);
	assert_false(files_has(-1, DAY_HOURS));
	assert_false(files_has(0, DAY_HOURS));
}

/* Another process may still write its last lines. */
static void
a_day_ends_a_minute_late(void **state)
{
	(void)state;
	put(0, 1, 200, 5);
	assert_int_equal(hours_make(folder, AT(1, 0) + 59999), 0);
	assert_false(files_has(0, DAY_HOURS));
	assert_int_equal(hours_make(folder, AT(1, 0) + 60000), 0);
	assert_true(files_has(0, DAY_HOURS));
}

static size_t
read_hours(int64_t day, char *to, size_t room)
{
	char name[DAY_NAME_SIZE];
	ssize_t got;
	int fd;

	day_name(DAY + day, DAY_HOURS, name);
	fd = openat(folder, name, O_RDONLY);
	got = read(fd, to, room);
	assert_in_range(got, 1, room - 1);
	close(fd);
	return (size_t)got;
}

static void
set_hours(int64_t day, const void *bytes, size_t size)
{
	remove_file(day, DAY_HOURS);
	files_put(day, DAY_HOURS, bytes, size);
}

/* Every cut, and every byte changed: as without hours, or as if unharmed in
   what is still a number or a text; never a crash. */
static void
damaged_hours_do_no_harm(void **state)
{
	static char whole[8192], changed[8192];
	struct summary summary;
	size_t size, i;

	(void)state;
	put_all_kinds(-1);
	put(-1, 4, 200, 5);
	assert_int_equal(hours_make(folder, NOW), 0);
	size = read_hours(-1, whole, sizeof whole);
	for (i = 0; i < size; i++) {
		set_hours(-1, whole, i);
		assert_int_equal(users_at(NOW), 1075);
	}
	for (i = 0; i < size; i++) {
		memcpy(changed, whole, size);
		changed[i] = '\0';
		set_hours(-1, changed, size);
		assert_int_equal(users_at(NOW), 1075);
		changed[i] = whole[i] == '9' ? '8' : '9';
		set_hours(-1, changed, size);
		read_at(NOW, &summary);
		summary_free(&summary);
	}
	/* They are mended. */
	set_hours(-1, whole, size - 1);
	assert_int_equal(hours_make(folder, NOW), 0);
	assert_int_equal(read_hours(-1, changed, sizeof changed), size);
	assert_memory_equal(changed, whole, size);
}

static const char *const wrong[] = {"", "\n", "{}\n", "{\"hours\":1}\n",
    "{\"hours\":2,\"days\":[20784],\"bytes\":[9999],\"lines\":0}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":1}\n{}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":1}\n{\"cohort\":"
    "\"1\"}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":"
    "18446744073709551615}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":"
    "18446744073709551616}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":1}\n{"
    "\"campaign\":\"x\","
    "\"users\":\"1\"}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":1}\n{"
    "\"campaign\":\"x\","
    "\"last_arrival_ms\":9223372036854775808}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":1}\n{"
    "\"campaign\":\"x\","
    "\"last_exit\":-1}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":1}\n{"
    "\"campaign\":\"x\","
    "\"buckets\":[1,2,3,4,5,6,7,8,9,10,11,12,13]}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":1}\n{"
    "\"campaign\":\"x\","
    "\"buckets\":[1,]}\n",
    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":1}\n{"
    "\"campaign\":\"x\","
    "\"statuses\":[99999999999,1]}\n"};

static void
wrong_hours_are_none(void **state)
{
	size_t i;

	(void)state;
	put(-1, 4, 200, 5);
	for (i = 0; i < COUNT(wrong); i++) {
		files_put(-1, DAY_HOURS, wrong[i], strlen(wrong[i]));
		assert_int_equal(users_at(NOW), 5);
		remove_file(-1, DAY_HOURS);
	}
}

/* A later version may add members. */
static void
later_members_are_skipped(void **state)
{
	static const char text[] =
	    "{\"hours\":1,\"days\":[20784],\"bytes\":[9999],\"lines\":2,"
	    "\"new\":{\"a\":[1]}}\n"
	    "{\"campaign\":\"default\",\"users\":7,\"new\":[{}],"
	    "\"statuses\":[]}\n"
	    "{\"cohort\":\"12\",\"new\":null}\n";

	(void)state;
	files_put(-1, DAY_HOURS, text, sizeof text - 1);
	assert_int_equal(users_at(NOW), 7);
}

/* A clock was two days ahead, hours were made, and it is right again. */
static void
late_lines_make_hours_anew(void **state)
{
	(void)state;
	put(0, 1, 200, 1);
	put(2, 1, 200, 2);
	assert_int_equal(hours_make(folder, AT(2, 2)), 0);
	assert_true(files_has(1, DAY_HOURS));
	assert_int_equal(users_at(AT(2, 2)), 3);
	put(0, 3, 200, 4);
	assert_int_equal(users_at(NOW), 7);
	/* Before and after the hours are made anew. */
	assert_int_equal(users_at(AT(1, 1)), 7);
	assert_int_equal(hours_make(folder, AT(1, 1)), 0);
	assert_int_equal(users_at(AT(1, 1)), 7);
	assert_int_equal(hours_make(folder, AT(3, 1)), 0);
	assert_int_equal(users_at(AT(3, 1)), 7);
	remove_file(0, DAY_LINES);
	remove_file(0, DAY_HOURS);
	remove_file(1, DAY_HOURS);
	remove_file(2, DAY_LINES);
	assert_int_equal(users_at(AT(3, 1)), 7);
}

/* What is made is left alone, and one process makes it at a time. */
static void
hours_are_made_once(void **state)
{
	char name[DAY_NAME_SIZE];
	struct stat first, second;
	const struct timeval old[2] = {{1, 0}, {1, 0}};

	(void)state;
	put(-1, 4, 200, 5);
	files_put(-1, ".hours.new", "", 0);
	assert_int_equal(hours_make(folder, NOW), 0);
	assert_false(files_has(-1, DAY_HOURS));
	/* A process that was killed left it long ago. */
	day_name(DAY - 1, ".hours.new", name);
	assert_int_equal(futimesat(folder, name, old), 0);
	assert_int_equal(hours_make(folder, NOW), 0);
	assert_true(files_has(-1, DAY_HOURS));
	assert_false(files_has(-1, ".hours.new"));
	day_name(DAY - 1, DAY_HOURS, name);
	assert_int_equal(fstatat(folder, name, &first, 0), 0);
	assert_int_equal(hours_make(folder, NOW + HOUR_MS), 0);
	assert_int_equal(fstatat(folder, name, &second, 0), 0);
	assert_true(first.st_ino == second.st_ino);
}

static void
many_campaigns_have_hours(void **state)
{
	struct summary before, after;
	struct journal_entry entry;
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "n%d", i);
		entry = request_of(AT(-1, i % 24), 200, (uint64_t)i);
		entry.campaign = text_of(name);
		entry.cohort = text_of(name);
		files_put_entry(-1, &entry);
	}
	read_at(NOW, &before);
	assert_int_equal(before.count, 500);
	assert_int_equal(hours_make(folder, NOW), 0);
	remove_file(-1, DAY_LINES);
	read_at(NOW, &after);
	assert_same(&before, &after);
	summary_free(&before);
	summary_free(&after);
}

static void
a_folder_that_takes_nothing_fails(void **state)
{
	const int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(hours_make(fd, NOW), -1);
	assert_int_equal(errno, ENOTDIR);
	close(fd);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_teardown(test, files_clear)
	const struct CMUnitTest tests[] = {
	    TEST(hours_say_what_the_lines_say),
	    TEST(sums_outlive_the_lines),
	    TEST(an_earlier_day_helps_out),
	    TEST(years_are_kept),
	    TEST(sums_outlive_a_silence),
	    TEST(nothing_has_no_hours),
	    TEST(a_day_ends_a_minute_late),
	    TEST(damaged_hours_do_no_harm),
	    TEST(wrong_hours_are_none),
	    TEST(later_members_are_skipped),
	    TEST(late_lines_make_hours_anew),
	    TEST(hours_are_made_once),
	    TEST(many_campaigns_have_hours),
	    TEST(a_folder_that_takes_nothing_fails),
	};

	return cmocka_run_group_tests(tests, files_make, files_remove);
}
