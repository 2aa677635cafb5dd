#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "tool/report.h"
#include "tool/tool.h"

/* The line that grows, and the exit code. What does not fit is cut. */
struct verdict {
	int status;
	char text[1024];
	size_t size;
};

#define WHY_SHOWN 120 /* bytes of a reason */

/* Not to know is less than a warning, and more than nothing. */
static bool
is_worse(int status, int than)
{
	static const int ranks[] = {[NAGIOS_OK] = 0,
	    [NAGIOS_UNKNOWN] = 1,
	    [NAGIOS_WARNING] = 2,
	    [NAGIOS_CRITICAL] = 3};

	return ranks[status] > ranks[than];
}

/* Adds a reason for STATUS, which is not lowered. */
static void PRINTF(3, 4)
    complain(struct verdict *verdict, int status, const char *format, ...)
{
	const size_t room = sizeof verdict->text - verdict->size;
	va_list arguments;
	int size;

	if (is_worse(status, verdict->status))
		verdict->status = status;
	va_start(arguments, format);
	size =
	    vsnprintf(verdict->text + verdict->size, room, format, arguments);
	va_end(arguments);
	verdict->size += (size_t)size < room ? (size_t)size : room - 1;
}

/* A bar would begin the numbers of Nagios. */
static void
show(char *to, size_t room, const char *text)
{
	char *bar;

	printable_copy(to, room, text, strlen(text));
	for (bar = to; (bar = strchr(bar, '|')); bar++)
		*bar = '/';
}

static bool
is_up(const struct overview *overview)
{
	size_t i;

	for (i = 0; i < overview->count; i++)
		if (overview->campaigns[i].receiver.status != 200)
			return false;
	return true;
}

static void
judge_receiver(const struct overview *overview, struct verdict *verdict)
{
	const struct overview_campaign *campaign = overview->campaigns;
	char answer[2 * WHY_SHOWN];

	if (!overview->is_asked || is_up(overview))
		return;
	while (campaign->receiver.status == 200)
		campaign++;
	show(answer, sizeof answer, campaign->receiver.text);
	if (campaign->receiver.status == 0)
		complain(verdict, NAGIOS_CRITICAL,
		    "the receiver does not answer: %s; ", answer);
	else
		complain(verdict, NAGIOS_CRITICAL,
		    "the receiver cannot store for %s: %s; ",
		    campaign->counts.name, answer);
}

/* Without a limit for it nobody needs to know what came. */
static void
judge_journal(const struct overview *overview,
    const struct report_limits *limits, struct verdict *verdict)
{
	char text[CONDITION_SIZE], why[CONDITION_SIZE];

	show(why, sizeof why, condition_say(&overview->journal, text));
	if (overview->journal.kind == CONDITION_UNWRITABLE)
		complain(verdict, NAGIOS_WARNING, "%s; ", why);
	else if (overview->journal.kind == CONDITION_OFF &&
		 (limits->silent != REPORT_NONE ||
		     limits->refused != REPORT_NONE))
		complain(verdict, NAGIOS_UNKNOWN,
		    "%s, and --silent and --refused know nothing; ", why);
}

static uint64_t
judge_silence(const struct overview *overview,
    const struct report_limits *limits, struct verdict *verdict)
{
	const struct overview_campaign *silent;
	time_t since = 0;
	uint64_t age;
	char text[REPORT_AGE_SIZE];

	silent = overview_most_silent(overview, &since);
	if (!silent || !overview_is_known(overview))
		return 0;
	age = (uint64_t)report_age(since, overview->now);
	if (age > limits->silent)
		complain(verdict, NAGIOS_WARNING,
		    "nothing has %scome to %s for %s; ",
		    overview_last_arrival(silent) ? "" : "ever ",
		    silent->counts.name,
		    report_show_age(since, overview->now, text));
	return age;
}

/* The campaign, or nobody, that was refused last. */
static const struct summary_campaign *
last_refused(const struct overview *overview, uint64_t *refused)
{
	const struct summary_campaign *last = overview->nobody, *journal;
	size_t i;

	*refused = last->today.refused;
	for (i = 0; i < overview->count; i++) {
		journal = overview->campaigns[i].journal;
		*refused += journal->today.refused;
		if (journal->last_refusal_ms > last->last_refusal_ms)
			last = journal;
	}
	return last;
}

static uint64_t
judge_refusals(const struct overview *overview,
    const struct report_limits *limits, struct verdict *verdict)
{
	uint64_t refused;
	const struct summary_campaign *last = last_refused(overview, &refused);
	char why[WHY_SHOWN];

	show(why, sizeof why, last->last_why);
	if (overview_is_known(overview) && refused > limits->refused)
		complain(verdict, NAGIOS_WARNING,
		    "%" PRIu64
		    " request%s refused today, the last with %u, %s; ",
		    refused, tool_plural(refused), last->last_status,
		    *why ? why : "no reason is noted");
	return refused;
}

static void
judge_batches(const struct overview *overview,
    const struct report_limits *limits, uint64_t age, struct verdict *verdict)
{
	const struct overview_campaign *campaign = overview->campaigns;
	const struct overview_campaign *end = campaign + overview->count;

	if (age > limits->warning)
		complain(verdict, NAGIOS_WARNING, "%s", "");
	if (age > limits->critical)
		complain(verdict, NAGIOS_CRITICAL, "%s", "");
	for (; campaign < end; campaign++) {
		if (report_is_future(&campaign->counts, overview->now))
			complain(verdict, NAGIOS_WARNING,
			    "a batch of %s is dated after now: a clock was "
			    "wrong; ",
			    campaign->counts.name);
		if (overview_has_failed(campaign))
			complain(verdict, NAGIOS_OK,
			    "the last run for %s failed with exit status %d; ",
			    campaign->counts.name,
			    campaign->journal->last_exit);
	}
}

static void
print_threshold(uint64_t limit)
{
	putchar(';');
	if (limit != REPORT_NONE)
		printf("%" PRIu64, limit);
}

static struct counts
sum_up(const struct overview *overview, uint64_t *age)
{
	struct counts sum = {.name = ""};
	size_t i;

	*age = 0;
	for (i = 0; i < overview->count; i++) {
		const struct counts *counts = &overview->campaigns[i].counts;

		sum.batches += counts->batches;
		sum.users += counts->users;
		sum.failed += counts->failed;
		sum.aside += counts->aside;
		if (counts->oldest &&
		    (uint64_t)report_age(counts->oldest, overview->now) > *age)
			*age =
			    (uint64_t)report_age(counts->oldest, overview->now);
	}
	return sum;
}

static void
print_line(const struct verdict *verdict, const struct counts *sum,
    uint64_t age, const struct report_limits *limits)
{
	static const char *const words[] = {
	    "OK", "WARNING", "CRITICAL", "UNKNOWN"};

	printf("MIXSPOOL %s - %s%" PRIu64 " batch%s with %" PRIu64
	       " user%s wait%s, the oldest for %" PRIu64 " second%s, %" PRIu64
	       " failed, %" PRIu64 " set aside | age=%" PRIu64 "s",
	    words[verdict->status], verdict->text, sum->batches,
	    sum->batches == 1 ? "" : "es", sum->users, tool_plural(sum->users),
	    sum->batches == 1 ? "s" : "", age, tool_plural(age), sum->failed,
	    sum->aside, age);
	print_threshold(limits->warning);
	print_threshold(limits->critical);
	printf(" batches=%" PRIu64 " users=%" PRIu64 " failed=%" PRIu64
	       " aside=%" PRIu64,
	    sum->batches, sum->users, sum->failed, sum->aside);
	print_threshold(limits->aside);
}

static void
print_traffic(
    const struct report_limits *limits, uint64_t silent, uint64_t refused)
{
	if (limits->silent != REPORT_NONE)
		printf(" silent=%" PRIu64 "s;%" PRIu64, silent, limits->silent);
	if (limits->refused != REPORT_NONE)
		printf(
		    " refused=%" PRIu64 ";%" PRIu64, refused, limits->refused);
}

int
report_plugin(
    const struct overview *overview, const struct report_limits *limits)
{
	struct verdict verdict = {.status = NAGIOS_OK};
	uint64_t age, silent, refused;
	const struct counts sum = sum_up(overview, &age);

	judge_receiver(overview, &verdict);
	judge_journal(overview, limits, &verdict);
	silent = judge_silence(overview, limits, &verdict);
	refused = judge_refusals(overview, limits, &verdict);
	judge_batches(overview, limits, age, &verdict);
	if (sum.failed > 0 || sum.aside > limits->aside)
		complain(&verdict, NAGIOS_WARNING, "%s", "");
	print_line(&verdict, &sum, age, limits);
	if (overview_is_known(overview))
		print_traffic(limits, silent, refused);
	if (overview->is_asked)
		printf(" up=%d", is_up(overview));
	putchar('\n');
	return verdict.status;
}
