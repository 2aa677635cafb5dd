#include "tool/log_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/printable.h"
#include "tool/tool.h"

#define OK 200
#define SHOWN_MAX (4 * ENTRY_SIZE + 1) /* each byte may be escaped */

/* A line on its way. */
struct text {
	char *at;
	size_t room;
};

/* What does not fit is cut. */
static void PRINTF(2, 3) put(struct text *to, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(to->at, to->room, format, arguments);
	va_end(arguments);
	if (size < 0)
		return;
	if ((size_t)size >= to->room)
		size = (int)to->room - 1;
	to->at += size;
	to->room -= (size_t)size;
}

static void
put_text(struct text *to, struct entry_text text)
{
	char plain[ENTRY_SIZE];
	size_t size;

	entry_text_show(text, plain, sizeof plain);
	size = printable_copy(to->at, to->room, plain, strlen(plain));
	to->at += size;
	to->room -= size;
}

static void
put_count(struct text *to, uint64_t count, const char *what)
{
	put(to, "%" PRIu64 " %s%s", count, what, tool_plural(count));
}

static bool
is_text(struct entry_text text, const char *wanted)
{
	return text.size == strlen(wanted) &&
	       !memcmp(text.start, wanted, text.size);
}

/* "page 3 of 10 of cohort Loyal, 1000 members added". */
static void
put_page(struct text *to, const struct journal_entry *entry)
{
	if (entry->page > 0)
		put(to, "page %" PRIu64, entry->page);
	else
		put(to, "a page");
	if (entry->page > 0 && entry->pages > 0)
		put(to, " of %" PRIu64, entry->pages);
	put(to, " of cohort ");
	put_text(to, entry->name.size > 0 ? entry->name : entry->cohort);
	put(to, ", ");
	put_count(to, entry->users, "member");
	if (is_text(entry->action, "add_members"))
		put(to, " added");
	else if (is_text(entry->action, "remove_members"))
		put(to, " removed");
}

static void
put_request(struct text *to, const struct journal_entry *entry)
{
	if (entry->status != OK)
		put(to, "refused");
	else if (entry->cohort.size > 0)
		put_page(to, entry);
	else if (is_text(entry->format, "alert"))
		put(to, "an alert");
	else if (is_text(entry->format, "stream"))
		put_count(to, entry->users, "event");
	else
		put_count(to, entry->users, "user");
	if (entry->aside > 0)
		put(to, ", %" PRIu64 " set aside", entry->aside);
	if (entry->why.size > 0) {
		put(to, ": ");
		put_text(to, entry->why);
	}
	if (entry->probe > 0)
		put(to, " (by mixspool doctor)");
}

/* After a day's flood; mixspool(5). */
static void
put_minute(struct text *to, const struct journal_entry *entry)
{
	put_count(to, entry->requests, "request");
	if (entry->status != OK) {
		put(to, " refused in this minute");
		return;
	}
	put(to, " in this minute, ");
	put_count(to, entry->users, "user");
	if (entry->aside > 0)
		put(to, ", %" PRIu64 " set aside", entry->aside);
}

static void
put_command(struct text *to, const struct journal_entry *entry)
{
	if (entry->command.size > 0)
		put_text(to, entry->command);
	else
		put(to, "the command");
}

static void
put_run(struct text *to, const struct journal_entry *entry)
{
	if (entry->exit == 0) {
		put(to, "handed ");
		put_count(to, entry->users, "user");
		put(to, " to ");
		put_command(to, entry);
		put(to, " in %" PRIu64 ".%" PRIu64 " s", entry->run_ms / 1000,
		    entry->run_ms % 1000 / 100);
		return;
	}
	put_command(to, entry);
	put(to, " failed");
	if (entry->users > 0) {
		put(to, " on ");
		put_count(to, entry->users, "user");
	}
	put(to, ", exit %d", entry->exit);
}

void
log_line_time(int64_t ms, char text[LOG_LINE_TIME_SIZE])
{
	const time_t seconds = (time_t)(ms / 1000);
	struct tm local;

	text[0] = '\0';
	if (localtime_r(&seconds, &local))
		strftime(text, LOG_LINE_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &local);
}

void
log_line_write(const struct journal_entry *entry, char line[LOG_LINE_SIZE])
{
	static void (*const puts_kind[])(
	    struct text * to, const struct journal_entry *entry) = {
	    [ENTRY_REQUEST] = put_request,
	    [ENTRY_MINUTE] = put_minute,
	    [ENTRY_RUN] = put_run,
	};
	char time[LOG_LINE_TIME_SIZE], campaign[SHOWN_MAX];
	struct text to = {line, LOG_LINE_SIZE};
	struct text name = {campaign, sizeof campaign};

	log_line_time(entry->at_ms, time);
	campaign[0] = '\0';
	put_text(&name, entry->campaign);
	put(&to, "%s  %-16s ", time, *campaign ? campaign : "-");
	if (entry->kind == ENTRY_RUN)
		put(&to, "run  ");
	else
		put(&to, "%3u  ", entry->status);
	puts_kind[entry->kind](&to, entry);
}
