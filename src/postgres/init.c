#include "postgres/init.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "postgres/connect.h"
#include "postgres/place.h"
#include "postgres/rows.h"
#include "postgres/session.h"

#define OLDEST 120000 /* version of the server that has all we ask for */

/* Is it one row, which is true? 1, 0, or -1. */
static int
is_there(struct state *state, struct session *session, const char *query)
{
	PGresult *result = PQexec(session->connection, query);
	int is =
	    PQresultStatus(result) == PGRES_TUPLES_OK
		? PQntuples(result) == 1 && *PQgetvalue(result, 0, 0) == 't'
		: session_fail(state, session, result);

	PQclear(result);
	return is;
}

static int
check_server(struct state *state, struct session *session)
{
	const char *encoding =
	    PQparameterStatus(session->connection, "server_encoding");

	if (PQserverVersion(session->connection) < OLDEST)
		return state_fail_with(
		    state, EX_UNAVAILABLE, "the server is too old");
	/* Profiles have any character. */
	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return state_fail_with(state, EX_DATAERR,
		    "the encoding of the database is not UTF8");
	return 0;
}

static int
make(struct state *state, struct session *session)
{
	int is;

	/* Two at once: the second one finds the tables of the first, and their
	   rows, too. */
	if (check_server(state, session) < 0 ||
	    session_execute(state, session,
		"BEGIN ISOLATION LEVEL READ COMMITTED;"
		"SELECT pg_advisory_xact_lock(1835628655)") < 0)
		return -1;
	is = is_there(state, session,
	    "SELECT to_regclass('mixspool.format') IS NOT NULL");
	if (is < 0)
		return -1;
	if (is) {
		is = is_there(state, session,
		    "SELECT number = " STATEMENTS_FORMAT
		    " FROM mixspool.format");
		if (is == 0)
			return state_fail_with(state, EX_DATAERR,
			    "it is of another version of mixspool");
		return is < 0 ? -1 : 0;
	}
	return session_execute(state, session,
		   "CREATE SCHEMA IF NOT EXISTS mixspool;"
		   "SET LOCAL search_path = mixspool") < 0 ||
		       session_execute(state, session, statements_schema) < 0 ||
		       session_execute(state, session,
			   "INSERT INTO format VALUES (" STATEMENTS_FORMAT
			   "); COMMIT") < 0
		   ? -1
		   : 0;
}

int
init_make(struct state *state, const char *url)
{
	if (!place_is(url))
		return state_fail_with(
		    state, EX_USAGE, "it is not a postgresql:// URL");
	state->session = rows_new();
	if (!state->session)
		return state_fail_memory(state);
	return connect_session(state, rows_session(state), url, true) < 0
		   ? -1
		   : make(state, rows_session(state));
}
