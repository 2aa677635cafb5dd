#include "send/tally.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/clock.h"
#include "tool/tool.h"

void
tally_start(struct tally *tally)
{
	*tally = (struct tally){.started = clock_ms()};
}

void
tally_note_answer(struct tally *tally, const struct post *post,
    const struct client_answer *answer)
{
	const bool is_answered =
	    answer->status > 0 && answer->status < TALLY_STATUSES;

	tally->attempts++;
	tally->bytes += post->body.size;
	tally->duplicates += post->again;
	tally->answers[is_answered ? answer->status : 0]++;
	if (is_answered) {
		latency_add(&tally->latency, answer->us);
		return;
	}
	tally->dropped += post->fault == CLIENT_DROP_ANSWER;
	tally->cut += post->fault == CLIENT_CUT_BODY;
}

void
tally_note_end(struct tally *tally, const struct post *post, bool is_delivered)
{
	if (is_delivered) {
		tally->posts++;
		tally->delivered += post->body.users;
	} else {
		tally->given_up += post->is_sealed;
		tally->left += post->body.users;
	}
}

static double
seconds(const struct tally *tally)
{
	int64_t ms = clock_ms() - tally->started;

	return ms < 1 ? 0.001 : (double)ms / 1000;
}

/* ", 3 WHAT", or nothing for 0. */
static void
print_some(FILE *to, uint64_t count, const char *what)
{
	if (count > 0)
		fprintf(to, ", %" PRIu64 " %s", count, what);
}

static void
print_answers(const struct tally *tally, FILE *to)
{
	int i;

	if (tally->attempts == 0)
		return;
	fputs("answers: ", to);
	fprintf(to, "%" PRIu64 " with 200", tally->answers[200]);
	for (i = 1; i < TALLY_STATUSES; i++)
		if (i != 200 && tally->answers[i] > 0)
			fprintf(
			    to, ", %" PRIu64 " with %d", tally->answers[i], i);
	print_some(to, tally->answers[0], "missing");
	if (tally->dropped + tally->cut > 0)
		fprintf(to,
		    " (%" PRIu64 " dropped and %" PRIu64 " cut off on purpose)",
		    tally->dropped, tally->cut);
	print_some(to, tally->duplicates, "sent again on purpose");
	fputc('\n', to);
}

static void
print_times(const struct tally *tally, FILE *to)
{
	const struct latency *latency = &tally->latency;

	if (latency->total == 0)
		return;
	fprintf(to,
	    "%.2f seconds, %.0f POSTs a second; half of the answers within "
	    "%.1f ms, 99 %% within %.1f ms, all within %.1f ms\n",
	    seconds(tally), (double)tally->attempts / seconds(tally),
	    latency_quantile_ms(latency, 0.5),
	    latency_quantile_ms(latency, 0.99),
	    (double)latency->longest / 1000);
}

void
tally_print(
    const struct tally *tally, const struct recipients_counts *counts, FILE *to)
{
	fprintf(to, "%" PRIu64 " profile%s, %" PRIu64 " matched",
	    counts->profiles, tool_plural(counts->profiles), counts->matched);
	print_some(to, counts->invalid, "invalid");
	print_some(to, counts->reported_before, "reported before");
	print_some(to, counts->repeated, "more than once");
	if (tally->passes > 0)
		fprintf(to, ", in the last of %" PRIu64 " passes",
		    tally->passes + 1);
	fprintf(to,
	    "\n%" PRIu64 " user%s delivered in %" PRIu64 " POST%s, %" PRIu64
	    " left\n",
	    tally->delivered, tool_plural(tally->delivered), tally->posts,
	    tool_plural(tally->posts), tally->left);
	print_answers(tally, to);
	print_times(tally, to);
}

/* 0, or -1 without memory. */
static int
set_number(json_t *object, const char *name, uint64_t number)
{
	return json_object_set_new(
	    object, name, json_integer((json_int_t)number));
}

/* NULL without memory. */
static json_t *
answers_as_json(const struct tally *tally)
{
	json_t *answers = json_object();
	char status[16];
	int i;

	for (i = 0; i < TALLY_STATUSES; i++) {
		if (tally->answers[i] == 0)
			continue;
		snprintf(status, sizeof status, "%d", i);
		if (set_number(answers, i == 0 ? "none" : status,
			tally->answers[i]) < 0) {
			json_decref(answers);
			return NULL;
		}
	}
	return answers;
}

int
tally_print_json(const struct tally *tally,
    const struct recipients_counts *counts, const char *url, json_t *cohort,
    FILE *to)
{
	const struct latency *latency = &tally->latency;
	const double elapsed = seconds(tally);
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
	    {"profiles", counts->profiles},
	    {"invalid", counts->invalid},
	    {"filter_failed", counts->filter_failed.count},
	    {"matched", counts->matched},
	    {"reported_before", counts->reported_before},
	    {"repeated", counts->repeated},
	    {"delivered", tally->delivered},
	    {"left", tally->left},
	    {"posts", tally->posts},
	    {"posts_given_up", tally->given_up},
	    {"attempts", tally->attempts},
	    {"bytes", tally->bytes},
	    {"answers_dropped", tally->dropped},
	    {"bodies_cut", tally->cut},
	    {"duplicates", tally->duplicates},
	};
	json_t *all = json_pack("{s:s, s:o, s:f, s:f, s:{s:f, s:f, s:f}}",
	    "url", url, "answers", answers_as_json(tally), "seconds", elapsed,
	    "attempts_per_second", (double)tally->attempts / elapsed,
	    "answer_ms", "median", latency_quantile_ms(latency, 0.5), "p99",
	    latency_quantile_ms(latency, 0.99), "longest",
	    (double)latency->longest / 1000);
	size_t i;
	int result = 0;

	for (i = 0; i < sizeof numbers / sizeof *numbers && result == 0; i++)
		result = set_number(all, numbers[i].name, numbers[i].value);
	if (cohort && json_object_set_new(all, "cohort", cohort) < 0)
		result = -1;
	if (result == 0)
		result = json_dumpf(all, to, JSON_REAL_PRECISION(6));
	json_decref(all);
	fputc('\n', to);
	return result;
}
