#include "journal/hours_members.h"

#include <assert.h>

#include "journal/summary.h"

/* Three numbers an hour, in a row. */
#define HOUR_NUMBERS ((size_t)3)
static_assert(sizeof(struct summary_hour) == HOUR_NUMBERS * sizeof(uint64_t),
    "an hour is its numbers");

#define MEMBER(type, name, kind, member)                                       \
	{                                                                      \
		name, HOURS_##kind, offsetof(struct type, member), 1           \
	}
#define LIST(type, name, kind, member, count)                                  \
	{                                                                      \
		name, HOURS_##kind, offsetof(struct type, member), count       \
	}
#define TEXT(type, name, member)                                               \
	LIST(type, name, TEXT, member, sizeof(((struct type *)NULL)->member))
#define END                                                                    \
	{                                                                      \
		NULL, HOURS_TEXT, 0, 0                                         \
	}

const struct hours_member hours_of_head[] = {
    MEMBER(hours_head, "hours", NUMBER, version),
    MEMBER(hours_head, "lines", NUMBER, lines),
    LIST(hours_head, "days", NUMBERS, days, HOURS_DAYS),
    LIST(hours_head, "bytes", NUMBERS, bytes, HOURS_DAYS), END};

const struct hours_member hours_of_campaign[] = {
    TEXT(summary_campaign, "campaign", campaign),
    LIST(
	summary_campaign, "hours", NUMBERS, hours, HOUR_NUMBERS *SUMMARY_HOURS),
    LIST(summary_campaign, "statuses", STATUSES, statuses, SUMMARY_STATUSES),
    MEMBER(summary_campaign, "users", NUMBER, users),
    MEMBER(summary_campaign, "aside", NUMBER, aside),
    LIST(summary_campaign, "buckets", NUMBERS, buckets, SUMMARY_BUCKETS),
    MEMBER(summary_campaign, "stored_ms", NUMBER, stored_ms),
    MEMBER(summary_campaign, "runs", NUMBER, runs),
    MEMBER(summary_campaign, "failed_runs", NUMBER, failed_runs),
    MEMBER(summary_campaign, "last_arrival_ms", TIME, last_arrival_ms),
    MEMBER(summary_campaign, "last_refusal_ms", TIME, last_refusal_ms),
    TEXT(summary_campaign, "last_why", last_why),
    MEMBER(summary_campaign, "last_status", SMALL, last_status),
    MEMBER(summary_campaign, "last_run_ms", TIME, last_run_ms),
    MEMBER(summary_campaign, "last_success_ms", TIME, last_success_ms),
    MEMBER(summary_campaign, "last_run_users", NUMBER, last_run_users),
    MEMBER(summary_campaign, "last_exit", SMALL, last_exit), END};

const struct hours_member hours_of_cohort[] = {
    TEXT(summary_cohort, "cohort", id),
    TEXT(summary_cohort, "project", project),
    TEXT(summary_cohort, "name", name), TEXT(summary_cohort, "action", action),
    MEMBER(summary_cohort, "last_ms", TIME, last_ms),
    MEMBER(summary_cohort, "last_full_ms", TIME, last_full_ms),
    MEMBER(summary_cohort, "page_users", NUMBER, page_users),
    MEMBER(summary_cohort, "page", NUMBER, page),
    MEMBER(summary_cohort, "pages", NUMBER, pages), END};
