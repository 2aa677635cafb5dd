#include "postgres/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "postgres/connect.h"
#include "postgres/init.h"
#include "postgres/place.h"
#include "postgres/rows.h"
#include "postgres/session.h"

/*
 * Only for this transaction. The command may take long, and so may another run
 * on the same cohort: no timeout ends them. A client whose machine is gone must
 * not keep its locks, nor one that was killed while it waited. What is
 * committed is on disk. The warning that no standby has it is sent.
 */
#define ALWAYS                                                                 \
	"SELECT set_config('search_path', 'mixspool', true),"                  \
	" set_config('statement_timeout', '0', true),"                         \
	" set_config('lock_timeout', '0', true),"                              \
	" set_config('client_min_messages', 'warning', true),"                 \
	" set_config('idle_in_transaction_session_timeout', '0', true),"       \
	" set_config('tcp_keepalives_idle', '30', true),"                      \
	" set_config('tcp_keepalives_interval', '10', true),"                  \
	" set_config('tcp_keepalives_count', '3', true),"                      \
	" set_config('synchronous_commit', CASE"                               \
	" current_setting('synchronous_commit') WHEN 'off' THEN 'on'"          \
	" ELSE current_setting('synchronous_commit') END, true)"

/* Which not every system can; others see it when they send. */
#define CHECKED                                                                \
	", set_config('client_connection_check_interval', CASE"                \
	" WHEN version() ~* 'linux' THEN '5s' ELSE"                            \
	" current_setting('client_connection_check_interval') END, true)"

static const struct {
	int version; /* of the server, from which on it has this */
	const char *settings;
} settings[] = {
    {170000, ALWAYS CHECKED ", set_config('transaction_timeout', '0', true)"},
    {140000, ALWAYS CHECKED},
    {0, ALWAYS},
};

static const char *
settings_for(int version)
{
	size_t i = 0;

	while (version < settings[i].version)
		i++;
	return settings[i].settings;
}

static struct rows *
rows_of(struct state *state)
{
	return state->session;
}

/* Begins a transaction, and checks what is there. 0, or -1. */
static int
server_begin(struct state *state, struct session *session, const char *begin)
{
	PGresult *result = NULL;
	int failed = 0;

	if (session_pipeline(state, session) < 0 ||
	    session_send(state, session, begin, 0, NULL) < 0 ||
	    session_send(state, session,
		settings_for(PQserverVersion(session->connection)), 0,
		NULL) < 0 ||
	    session_send(state, session,
		"SELECT number::text FROM mixspool.format", 0, NULL) < 0 ||
	    session_wait(state, session, &result) < 0)
		return -1;
	if (PQntuples(result) != 1 ||
	    strcmp(PQgetvalue(result, 0, 0), STATEMENTS_FORMAT) != 0)
		failed = state_fail_with(
		    state, EX_DATAERR, "it is of another version of mixspool");
	PQclear(result);
	return failed;
}

static int
open_and_begin(
    struct state *state, const char *url, const char *begin, bool is_writer)
{
	if (!place_is(url))
		return state_fail_with(
		    state, EX_USAGE, "it is not a postgresql:// URL");
	state->session = rows_new();
	if (!state->session)
		return state_fail_memory(state);
	return connect_session(state, rows_session(state), url, is_writer) < 0
		   ? -1
		   : server_begin(state, rows_session(state), begin);
}

static int
server_open(struct state *state, const char *url)
{
	return open_and_begin(state, url,
	    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", true);
}

static int
server_open_to_read(struct state *state, const char *url)
{
	return open_and_begin(state, url,
	    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", false);
}

static int
server_settle(struct state *state)
{
	return session_wait(state, rows_session(state), NULL);
}

static int
server_commit(struct state *state)
{
	return session_commit(state, rows_session(state));
}

static void
server_close(struct state *state)
{
	rows_free(rows_of(state));
}

const struct state_driver server_driver = {
    .damaged = "restore it from a backup",
    .is_shared = true,
    .scratch = "/var/tmp/",
    .open = server_open,
    .open_to_read = server_open_to_read,
    .init = init_make,
    .hide = place_hide,
    .settle = server_settle,
    .commit = server_commit,
    .close = server_close,
    .use = rows_use,
    .bind_text = rows_bind,
    .bind_blob = rows_bind,
    .step = rows_step,
    .run = rows_run,
    .ask = rows_ask,
    .answer = rows_answer,
    .reset = rows_reset,
    .number = rows_number,
    .is_null = rows_is_null,
    .text = rows_text,
};
