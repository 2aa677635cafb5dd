#include "journal/entry.h"

#include <limits.h>
#include <string.h>

#include "journal/day.h"
#include "unit.h"

/* 2026-11-28T17:55:01.123Z */
#define AT INT64_C(1795888501123)

#define TEXT(text)                                                             \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct {
	struct journal_entry entry;
	const char *line;
} lines[] = {
    {{.kind = ENTRY_REQUEST,
	 .at_ms = AT,
	 .campaign = TEXT("default"),
	 .status = 200,
	 .requests = 1,
	 .format = TEXT("form"),
	 .users = 50,
	 .aside = 1,
	 .bytes = 47798,
	 .ms = 12,
	 .why = TEXT("it is not an object"),
	 .batch = TEXT("20261128T175501.123456Z-9f3a1c22-000042-50.jsonl"),
	 .action = TEXT("members"),
	 .project = TEXT("7"),
	 .cohort = TEXT("12"),
	 .name = TEXT("Loyal"),
	 .session = TEXT("s1"),
	 .page = 3,
	 .pages = 10},
	"{\"at\":\"2026-11-28T17:55:01.123Z\",\"campaign\":\"default\","
	"\"status\":200,\"format\":\"form\",\"users\":50,\"aside\":1,"
	"\"bytes\":47798,\"ms\":12,\"why\":\"it is not an object\",\"batch\":"
	"\"20261128T175501.123456Z-9f3a1c22-000042-50.jsonl\","
	"\"action\":\"members\",\"project\":\"7\",\"cohort\":\"12\","
	"\"name\":\"Loyal\",\"session\":\"s1\",\"page\":3,\"pages\":10}\n"},
    {{.kind = ENTRY_REQUEST,
	 .at_ms = AT,
	 .status = 401,
	 .requests = 1,
	 .why = TEXT("no secret")},
	"{\"at\":\"2026-11-28T17:55:01.123Z\",\"status\":401,\"users\":0,"
	"\"bytes\":0,\"ms\":0,\"why\":\"no secret\"}\n"},
    {{.kind = ENTRY_MINUTE,
	 .at_ms = AT - 1123,
	 .campaign = TEXT("default"),
	 .status = 200,
	 .requests = 1234,
	 .users = 61700,
	 .bytes = UINT64_MAX,
	 .ms = 1},
	"{\"at\":\"2026-11-28T17:55:00.000Z\",\"campaign\":\"default\","
	"\"status\":200,\"requests\":1234,\"users\":61700,"
	"\"bytes\":18446744073709551615,\"ms\":1}\n"},
    {{.kind = ENTRY_RUN,
	 .at_ms = AT,
	 .campaign = TEXT("default"),
	 .command = TEXT("to-postgres"),
	 .users = 1000,
	 .run_ms = 1034},
	"{\"at\":\"2026-11-28T17:55:01.123Z\",\"campaign\":\"default\","
	"\"command\":\"to-postgres\",\"users\":1000,\"exit\":0,"
	"\"seconds\":1.034}\n"},
    {{.kind = ENTRY_RUN,
	 .at_ms = 0,
	 .campaign = TEXT("a"),
	 .exit = 137,
	 .run_ms = 9},
	"{\"at\":\"1970-01-01T00:00:00.000Z\",\"campaign\":\"a\",\"users\":0,"
	"\"exit\":137,\"seconds\":0.009}\n"},
};

static void
lines_are_written(void **state)
{
	char line[ENTRY_SIZE];
	size_t i, size;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		size = entry_write(&lines[i].entry, line);
		assert_int_equal(size, strlen(lines[i].line));
		assert_memory_equal(line, lines[i].line, size);
	}
}

static void
assert_text(struct entry_text text, struct entry_text expected)
{
	assert_int_equal(text.size, expected.size);
	if (text.size > 0)
		assert_memory_equal(text.start, expected.start, text.size);
}

static void
assert_entry(
    const struct journal_entry *entry, const struct journal_entry *expected)
{
	assert_int_equal(entry->kind, expected->kind);
	assert_true(entry->at_ms == expected->at_ms);
	assert_text(entry->campaign, expected->campaign);
	assert_true(entry->users == expected->users);
	assert_int_equal(entry->status, expected->status);
	assert_true(entry->requests == expected->requests);
	assert_true(entry->aside == expected->aside);
	assert_true(entry->bytes == expected->bytes);
	assert_true(entry->ms == expected->ms);
	assert_text(entry->format, expected->format);
	assert_text(entry->why, expected->why);
	assert_text(entry->batch, expected->batch);
	assert_text(entry->action, expected->action);
	assert_text(entry->project, expected->project);
	assert_text(entry->cohort, expected->cohort);
	assert_text(entry->name, expected->name);
	assert_text(entry->session, expected->session);
	assert_true(entry->page == expected->page);
	assert_true(entry->pages == expected->pages);
	assert_text(entry->command, expected->command);
	assert_int_equal(entry->exit, expected->exit);
	assert_true(entry->run_ms == expected->run_ms);
}

static void
lines_are_read(void **state)
{
	struct journal_entry entry;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		assert_true(entry_read(
		    lines[i].line, strlen(lines[i].line) - 1, &entry));
		assert_entry(&entry, &lines[i].entry);
	}
}

/* In memory of its size, so that a sanitizer notices a byte too many. */
static bool
reads(const char *line, size_t size)
{
	struct journal_entry entry;
	char *copy = test_malloc(size + 1);
	bool is_line;

	memmove(copy + 1, line, size);
	is_line = entry_read(copy + 1, size, &entry);
	test_free(copy);
	return is_line;
}

static void
a_torn_line_is_none(void **state)
{
	const size_t size = strlen(lines[0].line) - 1;
	size_t cut;

	(void)state;
	for (cut = 0; cut < size; cut++) {
		assert_false(reads(lines[0].line, cut));
		if (cut > 0)
			assert_false(reads(lines[0].line + cut, size - cut));
	}
	assert_true(reads(lines[0].line, size));
}

#define START "{\"at\":\"2026-11-28T17:55:01.123Z\","

static void
what_is_no_line_is_refused(void **state)
{
	static const char *const wrong[] = {"", "{}", "[]", "null", "{",
	    START "\"status\":200}{}", START "\"users\":1}",
	    "{\"status\":200,\"users\":1}", START "\"status\":\"200\"}",
	    START "\"status\":-1}", START "\"status\":4294967296}",
	    START "\"status\":2e2}", START "\"status\":200,\"users\":1.5}",
	    START "\"status\":200,\"users\":18446744073709551616}",
	    START "\"status\":200,\"format\":1}",
	    START "\"status\":200,\"campaign\":[]}",
	    START "\"status\":200,\"exit\":0}", START "\"exit\":2147483648}",
	    START "\"exit\":0,\"seconds\":1.x}", START "\"status\":200,}",
	    START "\"status\":200 \"users\":1}", START "\"exit\":0} ",
	    "{\"at\":\"2026-11-31T17:55:01.123Z\",\"status\":200}",
	    "{\"at\":\"2026-11-28T24:55:01.123Z\",\"status\":200}",
	    "{\"at\":\"2026-11-28T17:55:01Z\",\"status\":200}",
	    "{\"at\":\"2026-11-28T17:55:01.123Z\n\",\"status\":200}"};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(wrong); i++)
		assert_false(reads(wrong[i], strlen(wrong[i])));
}

static void
members_of_a_later_version_are_skipped(void **state)
{
	static const char line[] = "{ \"later\" : {\"status\":[1,{}]}, \"at\":"
				   "\"2026-11-28T17:55:01.123Z\" ,\"x\":null,"
				   "\"status\":200,\"y\":\"}\",\"users\":7}";
	struct journal_entry entry;

	(void)state;
	assert_true(entry_read(line, sizeof line - 1, &entry));
	assert_int_equal(entry.status, 200);
	assert_int_equal(entry.users, 7);
	assert_true(entry.at_ms == AT);
}

static const struct {
	struct entry_text text; /* any bytes */
	const char *shown;
} texts[] = {
    {TEXT("Loyal"), "Loyal"},
    {TEXT("a \"b\" \\c"), "a \"b\" \\c"},
    {TEXT("\x01\n\t\x7f</script>"), "\x01\n\t\x7f</script>"},
    {TEXT("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"),
	"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"},
    {TEXT("\xff\xc3|\xed\xa0\x80"),
	"\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {TEXT("a\0b"), "a\xef\xbf\xbd"
		   "b"},
};

static void
any_text_comes_back(void **state)
{
	char line[ENTRY_SIZE], shown[ENTRY_TEXT_MAX * 3 + 1];
	struct journal_entry entry = {.status = 200}, found;
	size_t i, size;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		entry.name = texts[i].text;
		size = entry_write(&entry, line);
		assert_null(memchr(line, '\n', size - 1));
		assert_true(entry_read(line, size - 1, &found));
		entry_text_show(found.name, shown, sizeof shown);
		assert_string_equal(shown, texts[i].shown);
	}
}

/* As they are in a page of Mixpanel's. */
static const struct {
	const char *escaped, *shown;
} escapes[] = {
    {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
    {"\\u0041\\u00fc\\u20ac\\ud83d\\ude00",
	"A\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\\u0000|", "\xef\xbf\xbd|"},
    {"\\ud83d|\\ude00", "\xef\xbf\xbd|\xef\xbf\xbd"},
    {"\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
    {"\\x", "\xef\xbf\xbdx"},
    {"\\", "\xef\xbf\xbd"},
    {"\\u12", "\xef\xbf\xbdu12"},
    {"", ""},
};

static void
escapes_are_decoded(void **state)
{
	char shown[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(escapes); i++) {
		entry_text_show((struct entry_text){escapes[i].escaped,
				    strlen(escapes[i].escaped)},
		    shown, sizeof shown);
		assert_string_equal(shown, escapes[i].shown);
	}
	entry_text_show((struct entry_text){NULL, 0}, shown, sizeof shown);
	assert_string_equal(shown, "");
}

static void
a_text_is_cut_at_a_whole_character(void **state)
{
	const struct entry_text text = TEXT("ab\xe2\x82\xac\\u20acz");
	char shown[16];
	size_t room;
	static const char *const expected[] = {[1] = "",
	    "a",
	    "ab",
	    "ab",
	    "ab",
	    "ab\xe2\x82\xac",
	    "ab\xe2\x82\xac",
	    "ab\xe2\x82\xac",
	    "ab\xe2\x82\xac\xe2\x82\xac",
	    "ab\xe2\x82\xac\xe2\x82\xacz"};

	(void)state;
	for (room = 1; room < COUNT(expected); room++) {
		memset(shown, '#', sizeof shown);
		entry_text_show(text, shown, room);
		assert_string_equal(shown, expected[room]);
		assert_int_equal(shown[room], '#');
	}
}

/* Texts of 10,000 bytes: each of one repeated piece, one that takes room. */
static void
no_line_is_too_long(void **state)
{
	static const char *const pieces[] = {
	    "x", "\x01", "\"", "\xff", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	static char text[10000];
	char line[ENTRY_SIZE + 1], shown[ENTRY_TEXT_MAX * 3 + 1];
	struct journal_entry entry, found;
	size_t i, j, size;

	(void)state;
	for (i = 0; i < COUNT(pieces); i++) {
		for (j = 0; j < sizeof text; j++)
			text[j] = pieces[i][j % strlen(pieces[i])];
		entry = (struct journal_entry){.at_ms = INT64_MAX,
		    .status = UINT_MAX,
		    .users = UINT64_MAX,
		    .aside = UINT64_MAX,
		    .bytes = UINT64_MAX,
		    .ms = UINT64_MAX,
		    .page = UINT64_MAX,
		    .pages = UINT64_MAX,
		    .campaign = {text, sizeof text}};
		entry.format = entry.why = entry.batch = entry.campaign;
		entry.action = entry.project = entry.cohort = entry.campaign;
		entry.name = entry.session = entry.campaign;
		line[ENTRY_SIZE] = '#';
		size = entry_write(&entry, line);
		assert_in_range(size, 1, ENTRY_SIZE);
		assert_int_equal(line[ENTRY_SIZE], '#');
		assert_true(entry_read(line, size - 1, &found));
		entry_text_show(found.session, shown, sizeof shown);
		assert_in_range(strlen(shown), 60, ENTRY_TEXT_MAX);
		assert_memory_equal(shown, text, i == 3 ? 0 : strlen(shown));
	}
}

static const struct {
	int64_t ms, day;
	const char *time;
} times[] = {
    {0, 0, "1970-01-01T00:00:00.000Z"},
    {-1, 0, "1970-01-01T00:00:00.000Z"},
    {AT, 20785, "2026-11-28T17:55:01.123Z"},
    {INT64_C(951782399999), 11015, "2000-02-28T23:59:59.999Z"},
    {INT64_C(951782400000), 11016, "2000-02-29T00:00:00.000Z"},
    {INT64_C(4107542400000), 47541, "2100-03-01T00:00:00.000Z"},
    {INT64_C(253402300799999), 2932896, "9999-12-31T23:59:59.999Z"},
};

static void
times_and_days_agree(void **state)
{
	char time[DAY_TIME_SIZE], name[DAY_NAME_SIZE];
	int64_t ms, day;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(times); i++) {
		day_write_time(times[i].ms, time);
		assert_string_equal(time, times[i].time);
		assert_int_equal(day_read_time(time, strlen(time), &ms), 0);
		assert_true(ms == (times[i].ms < 0 ? 0 : times[i].ms));
		assert_int_equal(day_of(times[i].ms), times[i].day);
	}
	for (day = 0; day <= 2932896; day += day < 100000 ? 1 : 997) {
		day_name(day, DAY_LINES, name);
		assert_int_equal(day_of_name(name, DAY_LINES), day);
	}
	day_name(INT64_MAX, "", name);
	assert_string_equal(name, "9999-12-31");
}

static void
other_names_are_no_day(void **state)
{
	static const char *const names[] = {"", "2026-11-28", ".jsonl",
	    "2026-11-28.hours", "2026-11-28.jsonl~", "2026-11-31.jsonl",
	    "2026-02-29.jsonl", "2026-13-01.jsonl", "2026-1-101.jsonl",
	    "+026-11-28.jsonl", "1969-12-31.jsonl", "2026/11-28.jsonl"};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++)
		assert_int_equal(day_of_name(names[i], DAY_LINES), -1);
	assert_int_equal(day_of_name("2026-11-28.hours", DAY_HOURS), 20785);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_written),
	    cmocka_unit_test(lines_are_read),
	    cmocka_unit_test(a_torn_line_is_none),
	    cmocka_unit_test(what_is_no_line_is_refused),
	    cmocka_unit_test(members_of_a_later_version_are_skipped),
	    cmocka_unit_test(any_text_comes_back),
	    cmocka_unit_test(escapes_are_decoded),
	    cmocka_unit_test(a_text_is_cut_at_a_whole_character),
	    cmocka_unit_test(no_line_is_too_long),
	    cmocka_unit_test(times_and_days_agree),
	    cmocka_unit_test(other_names_are_no_day),
	};

	return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
