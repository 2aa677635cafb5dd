#include "postgres/connect.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char *
unless_set(const char *variable, const char *value)
{
	return getenv(variable) ? NULL : value;
}

/* What the server notices is no failure, except in a commit. ARGUMENT is the
   session. */
static void
notice(void *argument, const PGresult *result)
{
	struct session *session = argument;
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	/* The class of warnings; NULL: no memory for it. */
	session->has_warned |= !code || !strncmp(code, "01", 2);
}

/* A password ends at its first / or @, for libpq: what it takes the rest for.
 */
static bool
has_rest(const PQconninfoOption *option)
{
	const char *value = option->val;

	if (!value)
		return false;
	if (!strcmp(option->keyword, "port"))
		return value[strspn(value, "0123456789,")] != '\0';
	return (!strcmp(option->keyword, "host") ||
		   !strcmp(option->keyword, "dbname")) &&
	       strchr(value, '@');
}

/* libpq's messages would show a URL that it cannot read, or the rest of a
   password. 0, or -1. */
static int
check_url(struct state *state, const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL), *option;
	bool is_good = true;

	if (!options)
		return state_fail_with(
		    state, EX_TEMPFAIL, "it is not a URL that libpq can read");
	for (option = options; option->keyword; option++)
		is_good &= !has_rest(option);
	PQconninfoFree(options);
	return is_good
		   ? 0
		   : state_fail_with(state, EX_TEMPFAIL,
			 "a password in it has an @ or a /: write %40 or %2F");
}

int
connect_session(struct state *state, struct session *session, const char *url,
    bool is_writer)
{
	/* What the URL has counts, but for the last one. A connection that is
	   dead is found out within a minute. */
	const char *const names[] = {"connect_timeout", "target_session_attrs",
	    "keepalives_idle", "keepalives_interval", "keepalives_count",
	    "tcp_user_timeout", "fallback_application_name", "dbname",
	    "client_encoding", NULL};
	const char *const values[] = {unless_set("PGCONNECT_TIMEOUT", "10"),
	    is_writer ? unless_set("PGTARGETSESSIONATTRS", "read-write") : NULL,
	    "30", "10", "3", "60000", "mixspool once", url, "UTF8", NULL};

	if (check_url(state, url) < 0)
		return -1;
	session->connection = PQconnectdbParams(names, values, 1);
	if (!session->connection)
		return state_fail_memory(state);
	if (PQstatus(session->connection) != CONNECTION_OK)
		return session_fail(state, session, NULL);
	(void)PQsetNoticeReceiver(session->connection, notice, session);
	return 0;
}
