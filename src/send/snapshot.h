/*
 * snapshot.h: who was in a cohort after its last successful sync, in a SQLite
 * database (database.h), and who is in it now.
 *
 * Those who are in it now are staged, one by one, in a temporary table. Who
 * moves in a sync that fails may be at the endpoint or not, and is in the next
 * difference in any case, so that the endpoint converges. The snapshot moves to
 * them by snapshot_move alone, in one transaction, which is durable when the
 * call returns. A cohort is its id, its project and its URL. One process at a
 * time works for it, by a byte of FILE-lock.
 *
 * Calls return 0, or -1: snapshot_error says why.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define SNAPSHOT_WHY 704 /* bytes of a text, its '\0' included */

struct snapshot;

struct snapshot_cohort {
	const char *id, *project, *url;
	const char *name; /* a label; remembered */
};

struct snapshot_times {
	int64_t synced;            /* the last success, by time(2); 0: never */
	int64_t failing;           /* the first failure after it; 0: none */
	char paused[SNAPSHOT_WHY]; /* why; "" when it is not */
};

enum snapshot_side { SNAPSHOT_ENTERS, SNAPSHOT_LEAVES, SNAPSHOT_SIDES };

/* Creates FILE, with mode 0600. LOOK_ONLY changes nothing; FILE may be NULL
   then. 1: another process works for the cohort. *SNAPSHOT is set in any case,
   to NULL without memory; pass it to snapshot_close. */
int snapshot_open(struct snapshot **snapshot, const char *file,
    const struct snapshot_cohort *cohort, bool look_only) MUST_USE;

void snapshot_read_times(
    const struct snapshot *snapshot, struct snapshot_times *times);

/* Forgets what is staged. EVERYBODY: all who are staged enter, nobody leaves.
 */
int snapshot_begin(struct snapshot *snapshot, bool everybody) MUST_USE;

/* 1: the id is staged already. MEMBER is what a page has for it. */
int snapshot_stage(struct snapshot *snapshot, const char *id, size_t id_size,
    const char *member, size_t size) MUST_USE;

/* All are staged: how many enter and leave. */
int snapshot_compare(
    struct snapshot *snapshot, uint64_t counts[SNAPSHOT_SIDES]) MUST_USE;

/* Before the first page: who moves is uncertain until snapshot_move. */
int snapshot_attempt(struct snapshot *snapshot) MUST_USE;

/* Calls TAKE for the members of SIDE from the one with the index FROM on, up to
   COUNT, in an order that stays. TAKE's -1 ends it, with -1 and no error. */
int snapshot_read(struct snapshot *snapshot, enum snapshot_side side,
    uint64_t from, uint64_t count,
    int (*take)(void *context, const char *member, size_t size),
    void *context) MUST_USE;

/* How a sync ended: with success, in failure, paused, which snapshot_resume
   ends. *MEMBERS: how many are in. */
int snapshot_move(struct snapshot *snapshot, uint64_t *members) MUST_USE;
int snapshot_fail(struct snapshot *snapshot) MUST_USE;
int snapshot_pause(struct snapshot *snapshot, const char *why) MUST_USE;
int snapshot_resume(struct snapshot *snapshot) MUST_USE;

const char *snapshot_error(const struct snapshot *snapshot);

void snapshot_close(struct snapshot *snapshot);

#endif
