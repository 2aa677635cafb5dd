/*
 * facts.h: what a page shows, in bounded time and memory, whatever the spool
 * and its journal hold. Opens folders and the journal's files, and no batch.
 */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "journal/condition.h"
#include "journal/entry.h"
#include "journal/summary.h"
#include "spool/backlog.h"
#include "spool/campaign.h"

#define FACTS_CAMPAIGNS 200 /* the first by name; the rest is counted */
#define FACTS_REQUESTS 50
#define FACTS_DAYS 2 /* whose ends are read for the last requests */
/* Names in the folders of all campaigns, shared equally. */
#define FACTS_NAMES ((size_t)60000)

struct facts_campaign {
	char name[CAMPAIGN_NAME_MAX + 1];
	struct backlog backlog;
	/* Of what waits; 0: nothing, or it has no date. */
	int64_t oldest_ms, newest_ms;
	int error; /* of the reading of its folders, or 0 */
	const struct summary_campaign *summary; /* NULL: nothing came yet */
};

/* A request, or what is known of many in one minute. */
struct facts_request {
	int64_t at_ms;
	char campaign[CAMPAIGN_NAME_MAX + 1]; /* empty: none */
	unsigned status;
	uint64_t requests, users, aside, bytes;
	char format[16], action[32], name[ENTRY_TEXT_MAX + 1],
	    why[ENTRY_TEXT_MAX + 1];
	uint64_t page, pages;
	bool is_probe; /* of doctor */
};

struct facts {
	int64_t now_ms;
	struct condition journal; /* unless it is kept, it tells nothing of what
				     came */
	struct summary summary;   /* owned */
	struct facts_campaign *campaigns; /* owned; by name */
	size_t count, left_out;
	struct facts_request *requests; /* owned; the newest first */
	size_t request_count;
	uint64_t free_bytes, free_files;
	int free_error; /* errno: neither is known */
};

/*
 * Of all campaigns of the spool, or of the one that is named. 0, or -1 and
 * errno: the spool cannot be read. Followed by facts_free.
 */
int facts_read(int spool, const char *campaign, int64_t now_ms,
    struct facts *facts) MUST_USE;
void facts_free(struct facts *facts);

/* Was it a POST, as far as can be seen, and neither a look at the page nor
   doctor's? */
bool facts_is_post(const struct facts_request *request);

#endif
