/*
 * database.h: a SQLite file with what a later run must know: found by its real
 * path, so that all its names are one, made with mode 0600, and checked to be
 * of our kind. FILE-lock has a byte for each job that only one process at a
 * time may do; the lock ends with the process.
 *
 * Calls return 0, or -1 with the reason in `error`, unless they say otherwise.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/attributes.h"

struct database_kind {
	int application; /* PRAGMA application_id */
	int version;     /* PRAGMA user_version, from 1: the newest known */
	int other;       /* the application_id of a kind that we know, too */
	const char *other_is; /* what that is, for people */
};

struct database {
	sqlite3 *sqlite;
	char *path; /* the real one, owned; or NULL */
	int lock;   /* of FILE-lock, or -1 */
	char error[256];
};

/* Without FILE it lasts until it is closed. LOOK_ONLY makes nothing. DATABASE
   is {.lock = -1}; database_close it in any case. */
int database_open(struct database *database, const char *file,
    const struct database_kind *kind, bool look_only) MUST_USE;
int database_execute(struct database *database, const char *sql) MUST_USE;

/* The result of a query without parameters; -1: it could not be read. */
sqlite3_int64 database_number(struct database *database, const char *sql);

/* -1, with WHY or what SQLite says in `error`. */
int database_fail(struct database *database, const char *why);
int database_fail_in_sqlite(struct database *database);

/* SIZE bytes of FILE-lock from START on, 0: all that follow; in place of what
   was locked before. 1: another process has one of them. */
int database_lock(struct database *database, off_t start, off_t size) MUST_USE;

void database_close(struct database *database);

#endif
