/*
 * summary.h: what the journal says of each campaign: for stat, the status page,
 * Prometheus and doctor, so that all of them say the same.
 *
 * Ended days come from their hours (hours.h), today from its lines. What a
 * clock that was ahead dated after now is in what is counted since the journal
 * began, and in nothing else. The requests of doctor, which store nothing, are
 * in nothing: they are no life, and no refusal to be alarmed by.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include "journal/entry.h"
#include "spool/campaign.h"

#define SUMMARY_HOURS 48
#define SUMMARY_STATUSES 16 /* different ones of a campaign */
#define SUMMARY_COHORTS 64  /* of a campaign, the newest */

/* Upper bounds of the histogram's buckets, in ms; the last one has none. Each
   counts what is not in those before it. */
#define SUMMARY_BUCKETS 12
extern const unsigned summary_bucket_ms[SUMMARY_BUCKETS - 1];

struct summary_hour {
	uint64_t requests, users, refused; /* refused: requests, not 200 */
};

struct summary_status {
	unsigned status;
	uint64_t requests; /* since the journal began, also of removed days */
};

/* Texts are as of entry_text_show: any characters of a sender's. */
struct summary_cohort {
	char project[64], id[64], name[ENTRY_TEXT_MAX + 1], action[32];
	int64_t last_ms; /* its last page, also an empty one */
	int64_t
	    last_full_ms; /* its last page of the action `members`; 0: never */
	uint64_t page_users;  /* of its last page */
	uint64_t page, pages; /* of its last page */
};

struct summary_campaign {
	/* Empty: the requests that named no campaign, or a wrong one. */
	char campaign[CAMPAIGN_NAME_MAX + 1];
	struct summary_hour hours[SUMMARY_HOURS]; /* the last one: this hour */
	struct summary_hour today;                /* UTC */
	struct summary_status statuses[SUMMARY_STATUSES];
	uint64_t users, aside;             /* since the journal began */
	uint64_t buckets[SUMMARY_BUCKETS]; /* requests answered with 200 */
	uint64_t stored_ms;                /* the sum of theirs */
	uint64_t runs, failed_runs;        /* since the journal began */
	int64_t last_arrival_ms;           /* a 200, also without users; 0 */
	int64_t last_refusal_ms;
	char last_why[ENTRY_TEXT_MAX + 1];    /* of that refusal */
	unsigned last_status;                 /* of that refusal */
	int64_t last_run_ms, last_success_ms; /* of drain; 0: never */
	uint64_t last_run_users;
	int last_exit;
	struct summary_cohort *cohorts; /* the newest first */
	size_t cohort_count;
};

struct summary {
	struct summary_campaign *campaigns; /* by name */
	size_t count;
	int64_t now_ms;
	bool is_empty;    /* no journal: nothing can be said */
	int64_t since_ms; /* what is older was left out; 0: nothing was */
};

/* FOLDER as in reader.h. 0, or -1 and errno. Followed by summary_free. */
int summary_read(int folder, int64_t now_ms, struct summary *summary) MUST_USE;
void summary_free(struct summary *summary);

/*
 * The same in bounded time, for what is read by a page: where the hours of
 * ended days are missing, as before the receiver has made them once, it reads
 * the newest days of SUMMARY_RECENT bytes, or two days, and sets since_ms.
 */
#define SUMMARY_RECENT ((uint64_t)24 << 20)
int summary_read_recent(
    int folder, int64_t now_ms, struct summary *summary) MUST_USE;

/* NULL: the journal has nothing about it. */
const struct summary_campaign *summary_find(
    const struct summary *summary, const char *campaign);

#endif
