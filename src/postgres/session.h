/*
 * session.h: a connection to PostgreSQL, and commands that are sent on ahead.
 *
 * A command is sent without waiting for the one before (libpq calls this a
 * pipeline); its result is read when somebody needs one. What fails makes the
 * server skip all that follows, up to the commit, which is then none. Calls
 * return 0, or -1, see state.h.
 */
#ifndef SESSION_H
#define SESSION_H

#include <libpq-fe.h>

#include "once/state.h"
#include "postgres/statements.h"

struct session {
	PGconn *connection;
	int sent; /* commands whose results are not read yet */
	/* The failure is the server's answer to a command, and not that of the
	   connection. */
	bool is_refused;
	bool has_warned; /* the server, since this was false */
};

/* The parameters of a command; texts stay the caller's until it is sent. */
struct session_values {
	const char *values[STATEMENTS_PARAMETERS]; /* NULL: null */
	int sizes[STATEMENTS_PARAMETERS];
};

void session_close(struct session *session);

/* Some commands at once, which have no rows; before session_pipeline. */
int session_execute(
    struct state *state, struct session *session, const char *sql) MUST_USE;

/* From now on commands are sent on ahead. */
int session_pipeline(struct state *state, struct session *session) MUST_USE;

/* Sends a command of its own, or one that was prepared as NAME. */
int session_send(struct state *state, struct session *session, const char *sql,
    int count, const struct session_values *values) MUST_USE;
int session_prepare(struct state *state, struct session *session,
    const char *name, const struct statement *statement) MUST_USE;
int session_send_prepared(struct state *state, struct session *session,
    const char *name, int count, const struct session_values *values) MUST_USE;

/* Waits until all that was sent has succeeded. RESULT becomes the one of the
   last command, for PQclear; NULL: it is not wanted. */
int session_wait(
    struct state *state, struct session *session, PGresult **result) MUST_USE;

/* After session_wait, some commands that have rows: sends what is left of them.
   Then session_next reads the result of each, in order, for PQclear. */
int session_flush(struct state *state, struct session *session) MUST_USE;
int session_next(
    struct state *state, struct session *session, PGresult **result) MUST_USE;

/* Commits all that was sent, and waits for it. See state_commit. */
int session_commit(struct state *state, struct session *session) MUST_USE;

/* Notes why a command failed; RESULT may be NULL. Always -1. */
int session_fail(
    struct state *state, struct session *session, const PGresult *result);

#endif
