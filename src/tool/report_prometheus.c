/* Sources: Prometheus, "Exposition formats" and "Metric and label naming". */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tool/report.h"

/* Of a campaign. Times of 0 and files without a limit are left out. */
enum kind { COUNT, SIZE, TIME, LIMIT, MILLISECONDS };

struct metric {
	const char *name, *type, *help;
	bool is_journal; /* `at` is in struct summary_campaign */
	enum kind kind;
	size_t at;
};

#define COUNTS(member) false, COUNT, offsetof(struct counts, member)
#define LISTED(member) false, SIZE, offsetof(struct counts, member)
#define MADE(member) false, TIME, offsetof(struct counts, member)
#define DISK(member) false, LIMIT, offsetof(struct counts, member)
#define TOTAL(member) true, COUNT, offsetof(struct summary_campaign, member)
#define LAST(member)                                                           \
	true, MILLISECONDS, offsetof(struct summary_campaign, member)

static const struct metric metrics[] = {
    {"batches", "gauge", "Committed batches that wait.", COUNTS(batches)},
    {"users", "gauge", "Users in the batches that wait.", COUNTS(users)},
    {"bytes", "gauge", "Bytes of the batches that wait.", COUNTS(bytes)},
    {"failed_batches", "gauge", "Batches that a command refused.",
	COUNTS(failed)},
    {"aside_elements", "gauge", "Elements of POSTs that were set aside.",
	COUNTS(aside)},
    {"done_batches", "gauge", "Batches that were handed over, and are kept.",
	COUNTS(done)},
    {"tmp_files", "gauge", "Files in tmp/: being written, or left by a crash.",
	COUNTS(leftovers)},
    {"foreign_files", "gauge", "Files in new/ that are not batches.",
	LISTED(foreign_count)},
    {"oldest_batch_timestamp_seconds", "gauge",
	"When the oldest waiting batch was made.", MADE(oldest)},
    {"newest_batch_timestamp_seconds", "gauge",
	"When the newest waiting batch was made.", MADE(newest)},
    {"made_timestamp_seconds", "gauge", "When the campaign was made.",
	MADE(made)},
    {"free_bytes", "gauge", "Bytes that may still be written to its disk.",
	DISK(free_bytes)},
    {"free_inodes", "gauge", "Files that may still be made on its disk.",
	DISK(free_files)},
    {"stored_users_total", "counter", "Users that were stored.", TOTAL(users)},
    {"stored_aside_elements_total", "counter", "Elements that were set aside.",
	TOTAL(aside)},
    {"drain_runs_total", "counter", "Runs of drain's command.", TOTAL(runs)},
    {"drain_failed_runs_total", "counter",
	"Runs of drain's command that failed.", TOTAL(failed_runs)},
    {"drain_last_success_timestamp_seconds", "gauge",
	"When a run of drain's command last succeeded.", LAST(last_success_ms)},
    {"last_refusal_timestamp_seconds", "gauge",
	"When a request was last refused.", LAST(last_refusal_ms)},
};

static void
print_head(const char *name, const char *type, const char *help)
{
	printf("# HELP mixspool_%s %s\n# TYPE mixspool_%s %s\n", name, help,
	    name, type);
}

static uint64_t
value_of(const struct metric *metric, const struct overview_campaign *campaign)
{
	const char *at =
	    (metric->is_journal ? (const char *)campaign->journal
				: (const char *)&campaign->counts) +
	    metric->at;
	uint64_t value;
	size_t size;
	time_t time;

	if (metric->kind == TIME) {
		memcpy(&time, at, sizeof time);
		return (uint64_t)time;
	}
	if (metric->kind == SIZE) {
		memcpy(&size, at, sizeof size);
		return size;
	}
	memcpy(&value, at, sizeof value);
	return value;
}

static void
print_value(
    const struct metric *metric, const struct overview_campaign *campaign)
{
	const uint64_t value = value_of(metric, campaign);

	if ((metric->kind == TIME || metric->kind == MILLISECONDS) &&
	    value == 0)
		return;
	if (metric->kind == LIMIT && value == UINT64_MAX)
		return;
	printf("mixspool_%s{campaign=\"%s\"} ", metric->name,
	    campaign->counts.name);
	if (metric->kind == MILLISECONDS)
		printf("%" PRIu64 ".%03u\n", value / 1000,
		    (unsigned)(value % 1000));
	else
		printf("%" PRIu64 "\n", value);
}

static uint64_t
requests_of(const struct summary_campaign *journal, unsigned status)
{
	size_t i;

	for (i = 0; i < SUMMARY_STATUSES; i++)
		if (journal->statuses[i].status == status)
			return journal->statuses[i].requests;
	return 0;
}

/* Those that are usual have a 0 from the start: the first refusal is an
   increase then. NAME NULL: of no campaign. */
static void
print_requests(const char *name, const struct summary_campaign *journal)
{
	static const unsigned usual[] = {
	    200, 400, 401, 404, 405, 413, 415, 503};
	const size_t count = sizeof usual / sizeof *usual;
	unsigned status;
	size_t i, j;

	for (i = 0; i < count + SUMMARY_STATUSES; i++) {
		status =
		    i < count ? usual[i] : journal->statuses[i - count].status;
		for (j = 0; i >= count && j < count; j++)
			if (usual[j] == status)
				status = 0;
		if (status == 0)
			continue;
		printf("mixspool_requests_total{");
		if (name)
			printf("campaign=\"%s\",", name);
		printf("status=\"%u\"} %" PRIu64 "\n", status,
		    requests_of(journal, status));
	}
}

static void
print_histogram(const char *name, const struct summary_campaign *journal)
{
	static const char metric[] = "mixspool_store_duration_seconds";
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < SUMMARY_BUCKETS; i++) {
		sum += journal->buckets[i];
		printf("%s_bucket{campaign=\"%s\",le=\"", metric, name);
		if (i < SUMMARY_BUCKETS - 1)
			printf("%g", summary_bucket_ms[i] / 1000.0);
		else
			printf("+Inf");
		printf("\"} %" PRIu64 "\n", sum);
	}
	printf("%s_sum{campaign=\"%s\"} %" PRIu64 ".%03u\n", metric, name,
	    journal->stored_ms / 1000, (unsigned)(journal->stored_ms % 1000));
	printf("%s_count{campaign=\"%s\"} %" PRIu64 "\n", metric, name, sum);
}

static void
print_arrivals(const struct overview *overview)
{
	const struct overview_campaign *campaign = overview->campaigns;
	const struct overview_campaign *end = campaign + overview->count;

	print_head("last_arrival_timestamp_seconds", "gauge",
	    "When a POST was last stored, with or without users.");
	for (; campaign < end; campaign++)
		if (overview_last_arrival(campaign))
			printf("mixspool_last_arrival_timestamp_seconds{"
			       "campaign=\"%s\"} %" PRId64 "\n",
			    campaign->counts.name,
			    (int64_t)overview_last_arrival(campaign));
}

/* Alerts on what came need to know whether it is known. */
static void
print_journal(const struct overview *overview)
{
	const enum condition_kind kind = overview->journal.kind;

	print_head("journal_enabled", "gauge",
	    "Does the receiver keep a journal? The counters, and what came "
	    "last, are from it.");
	printf("mixspool_journal_enabled %d\n", kind != CONDITION_OFF);
	if (kind == CONDITION_OFF)
		return;
	print_head("journal_usable", "gauge",
	    "Can the journal be written by the receiver, and read?");
	printf("mixspool_journal_usable %d\n", kind == CONDITION_KEPT);
}

static void
print_up(const struct overview *overview)
{
	size_t i;

	print_head("up", "gauge", "Could the receiver store a POST?");
	for (i = 0; i < overview->count; i++)
		printf("mixspool_up{campaign=\"%s\"} %d\n",
		    overview->campaigns[i].counts.name,
		    overview->campaigns[i].receiver.status == 200);
}

static void
print_counted(const struct overview *overview)
{
	const struct overview_campaign *all = overview->campaigns;
	size_t i;

	print_head("requests_total", "counter",
	    "Requests, also without a campaign, by the status of the answer.");
	for (i = 0; i < overview->count; i++)
		print_requests(all[i].counts.name, all[i].journal);
	if (overview->is_spool)
		print_requests(NULL, overview->nobody);
	print_head("store_duration_seconds", "histogram",
	    "From the header of a POST to its 200.");
	for (i = 0; i < overview->count; i++)
		print_histogram(all[i].counts.name, all[i].journal);
}

/* Names of campaigns need no escapes. */
void
report_prometheus(const struct overview *overview)
{
	const struct overview_campaign *all = overview->campaigns;
	const struct metric *metric = metrics;
	const struct metric *end = metrics + sizeof metrics / sizeof *metrics;
	size_t i;

	for (; metric < end; metric++) {
		if (metric->is_journal &&
		    overview->journal.kind == CONDITION_OFF)
			continue;
		print_head(metric->name, metric->type, metric->help);
		for (i = 0; i < overview->count; i++)
			print_value(metric, &all[i]);
	}
	print_journal(overview);
	if (overview_is_known(overview))
		print_arrivals(overview);
	if (overview->journal.kind != CONDITION_OFF)
		print_counted(overview);
	if (overview->is_asked)
		print_up(overview);
}
