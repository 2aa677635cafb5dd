/* snapshot_inside.h: what the files of the snapshot share, and nobody else. */
#ifndef SNAPSHOT_INSIDE_H
#define SNAPSHOT_INSIDE_H

#include "send/database.h"
#include "send/snapshot.h"

enum snapshot_statement {
	SNAPSHOT_SEE,   /* a user: changes nothing when it is there */
	SNAPSHOT_ENTER, /* a user with a member, unless it was in before */
	SNAPSHOT_COMPARE,
	SNAPSHOT_COUNT,
	SNAPSHOT_READ,
	SNAPSHOT_STATEMENTS
};

struct snapshot {
	struct database database;
	sqlite3_stmt *statements[SNAPSHOT_STATEMENTS];
	sqlite3_int64 cohort; /* 0: not in the file yet */
	bool everybody;
	uint64_t entered; /* that are staged */
	struct snapshot_times times;
};

/* Runs SQL; ?1 is the cohort, ?2 is TEXT, which may be NULL. */
int snapshot_run(
    struct snapshot *snapshot, const char *sql, const char *text) MUST_USE;

/* The temporary tables and the statements. */
int snapshot_prepare(struct snapshot *snapshot) MUST_USE;

#endif
