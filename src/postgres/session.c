#include "postgres/session.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define MANY_SENT 128 /* the server's answers fit into a socket's buffer */
#define BINARY 1
#define BIGINT 20 /* its type, always: pg_type.dat */

/* The first line of a message of libpq, which may end with a newline. */
static int
fail_with_line(struct state *state, int status, const char *text)
{
	char line[sizeof state->why];

	snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
	return state_fail_with(state, status, line);
}

static const struct {
	const char *code, *why; /* SQLSTATE, or how it begins */
	int status;
} reasons[] = {
    {"3F000", "it has no tables of mixspool once: --init makes them",
	EX_DATAERR},
    {"42P01", "it has no tables of mixspool once: --init makes them",
	EX_DATAERR},
    {"40P01", "another run waits for a cohort of this one", EX_TEMPFAIL},
    {"XX001", "a table is damaged", EX_DATAERR},
};

int
session_fail(
    struct state *state, struct session *session, const PGresult *result)
{
	/* All are NULL without a result. Not the details, which may have
	   data. */
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *severity =
	    PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	size_t i;

	if (state->status != EX_OK)
		return -1;
	session->is_refused = severity && !strcmp(severity, "ERROR");
	for (i = 0; code && i < sizeof reasons / sizeof *reasons; i++)
		if (!strcmp(code, reasons[i].code))
			return state_fail_with(
			    state, reasons[i].status, reasons[i].why);
	return fail_with_line(state, EX_TEMPFAIL,
	    why ? why : PQerrorMessage(session->connection));
}

void
session_close(struct session *session)
{
	PQfinish(session->connection);
	session->connection = NULL;
}

int
session_execute(struct state *state, struct session *session, const char *sql)
{
	PGresult *result = PQexec(session->connection, sql);
	const ExecStatusType status = PQresultStatus(result);
	const int failed =
	    status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
		? 0
		: session_fail(state, session, result);

	PQclear(result);
	return failed;
}

int
session_pipeline(struct state *state, struct session *session)
{
	return PQenterPipelineMode(session->connection)
		   ? 0
		   : session_fail(state, session, NULL);
}

/* Before a command: its own result must not be read here. 0, or -1. */
static int
make_room(struct state *state, struct session *session)
{
	return session->sent < MANY_SENT ? 0
					 : session_wait(state, session, NULL);
}

/* A command was sent, if IS_SENT. */
static int
count_sent(struct state *state, struct session *session, int is_sent)
{
	session->sent += is_sent;
	return is_sent ? 0 : session_fail(state, session, NULL);
}

static const int formats[STATEMENTS_PARAMETERS] = {
    BINARY, BINARY, BINARY, BINARY, BINARY, BINARY, BINARY, BINARY, BINARY};

int
session_send(struct state *state, struct session *session, const char *sql,
    int count, const struct session_values *values)
{
	if (make_room(state, session) < 0)
		return -1;
	return count_sent(state, session,
	    PQsendQueryParams(session->connection, sql, count, NULL,
		count > 0 ? values->values : NULL,
		count > 0 ? values->sizes : NULL, formats, BINARY));
}

int
session_prepare(struct state *state, struct session *session, const char *name,
    const struct statement *statement)
{
	Oid types[STATEMENTS_PARAMETERS] = {0};
	int i;

	if (make_room(state, session) < 0)
		return -1;
	for (i = 0; i < statement->numbers; i++)
		types[i] = BIGINT;
	return count_sent(state, session,
	    PQsendPrepare(session->connection, name, statement->sql,
		statement->parameters, types));
}

int
session_send_prepared(struct state *state, struct session *session,
    const char *name, int count, const struct session_values *values)
{
	if (make_room(state, session) < 0)
		return -1;
	return count_sent(state, session,
	    PQsendQueryPrepared(session->connection, name, count,
		values->values, values->sizes, formats, BINARY));
}

/* Reads all of a command. Its result, or NULL: the connection is lost. */
static PGresult *
read_result(struct session *session)
{
	PGresult *result = PQgetResult(session->connection), *next;

	while (result && (next = PQgetResult(session->connection)))
		PQclear(next);
	return result;
}

static int
check(struct state *state, struct session *session, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		return 0;
	case PGRES_PIPELINE_ABORTED: /* by one before, which is noted */
	default:
		return session_fail(state, session, result);
	}
}

int
session_flush(struct state *state, struct session *session)
{
	return PQsendFlushRequest(session->connection) &&
		       PQflush(session->connection) >= 0
		   ? 0
		   : session_fail(state, session, NULL);
}

int
session_next(struct state *state, struct session *session, PGresult **result)
{
	PGresult *read = read_result(session);
	const int failed = check(state, session, read);

	session->sent--;
	if (failed == 0)
		*result = read;
	else
		PQclear(read);
	return failed;
}

int
session_wait(struct state *state, struct session *session, PGresult **result)
{
	PGresult *read = NULL;
	int failed;

	if (session->sent == 0)
		return state->status == EX_OK ? 0 : -1;
	failed = session_flush(state, session);
	while (failed == 0 && session->sent > 0) {
		PQclear(read);
		read = NULL;
		failed = session_next(state, session, &read);
	}
	if (result && failed == 0)
		*result = read;
	else
		PQclear(read);
	return failed;
}

/* What the run has prepared stays in a connection that PgBouncer gives to
   others. Its answer also says that the server is still there. */
#define BEFORE_COMMIT "DEALLOCATE ALL"

int
session_commit(struct state *state, struct session *session)
{
	PGresult *result = NULL;
	int failed = 0;

	if (session_send(state, session, BEFORE_COMMIT, 0, NULL) < 0 ||
	    session_wait(state, session, NULL) < 0)
		return -1;
	session->has_warned = false;
	if (session_send(state, session, "COMMIT", 0, NULL) < 0)
		return -1;
	if (!PQpipelineSync(session->connection))
		failed = session_fail(state, session, NULL);
	if (failed < 0 || session_wait(state, session, &result) < 0) {
		state->is_unknown = !session->is_refused;
		return -1;
	}
	/* Of a transaction that has failed it is a rollback. */
	if (!result || strcmp(PQcmdStatus(result), "COMMIT") != 0)
		failed = state_fail_with(
		    state, EX_TEMPFAIL, "the server has rolled it back");
	else if (session->has_warned) {
		/* It waited for a standby, and was cancelled: all is on this
		   server, and nowhere else. */
		state->is_unknown = true;
		failed = state_fail_with(
		    state, EX_TEMPFAIL, "no standby has confirmed the commit");
	}
	PQclear(result);
	return failed;
}
