/*
 * sync.h: one sync of a cohort: everybody the first time, then the differences
 * against the last successful sync (snapshot.h). Each action has at least one
 * page, also without anybody.
 *
 * The sync succeeds when each page is delivered; otherwise the next one sends
 * the differences again, or everybody when none has succeeded for SYNC_FULL_S.
 * An answer that pauses the sync stops it until --resume.
 */
#ifndef SYNC_H
#define SYNC_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "send/member.h"
#include "send/page.h"
#include "send/snapshot.h"

#define SYNC_FULL_S 259200 /* 3 days */

struct send;
struct post;

struct sync_group {
	const char *action;
	char session[PAGE_SESSION];
	uint64_t members, pages;
};

struct sync {
	struct snapshot *snapshot; /* owned; NULL: no cohort is sent */
	struct member member;
	struct sync_group groups[SNAPSHOT_SIDES];
	size_t group_count;
	uint32_t *order; /* of the pages; owned */
	uint64_t pages, put, delivered;
	uint64_t members;          /* after it */
	char paused[SNAPSHOT_WHY]; /* why an answer pauses the sync, or "" */
	bool is_refused;           /* a page is, without a pause */
	int status; /* EX_OK, or what to exit with for the last sync */
};

/* Reads all profiles and compares them. False: nothing is to be sent; the
   reason is reported and noted. */
bool sync_begin(struct send *send) MUST_USE;

/* The next page into the outbox, or the end of the pass. */
void sync_take_page(struct send *send);

/* A page has ended: when it was not delivered, so has the sync. */
void sync_note_end(
    struct send *send, const struct post *post, bool is_delivered);

/* All pages have ended. */
void sync_end(struct send *send);

/* In place of sending: prints the pages, one a line, and counts them. */
uint64_t sync_dry_run(struct send *send);

/* How the last sync ended: for people, and as a new object for programs, NULL
   without a sync. */
void sync_print(const struct sync *sync, const char *id, FILE *to);
json_t *sync_as_json(const struct sync *sync, const char *id);

void sync_close(struct sync *sync);

#endif
