#include "postgres/rows.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "postgres/ahead.h"
#include "postgres/server.h"

#define PACKS_AT_ONCE 32 /* 2 MiB of hashes */

struct rows {
	struct session session;
	struct ahead ahead;
	struct row rows[STATE_STATEMENTS];
	bool has_packs; /* the cursor is open */
	int asked;      /* questions that have no answer yet */
	bool are_flushed;
	int64_t without_profiles; /* the last roster that lost them */
};

struct rows *
rows_new(void)
{
	return calloc(1, sizeof(struct rows));
}

void
rows_free(struct rows *rows)
{
	size_t i;

	if (!rows)
		return;
	for (i = 0; i < STATE_STATEMENTS; i++)
		PQclear(rows->rows[i].result);
	session_close(&rows->session);
	free(rows);
}

struct session *
rows_session(struct state *state)
{
	struct rows *rows = state->session;

	return &rows->session;
}

static struct row *
row_of(struct state_row *row)
{
	return (struct row *)row;
}

struct state_row *
rows_use(struct state *state, enum state_statement which, int count,
    const int64_t *numbers)
{
	struct rows *rows = state->session;
	struct row *row = &rows->rows[which];
	int i;

	row->row.driver = &server_driver;
	row->which = which;
	if (which != STATE_MEMBERS)
		rows_reset(&row->row);
	/* A number may come again then. */
	if (which == STATE_ADD_MEMBERS || which == STATE_DELETE_MEMBERS)
		ahead_forget(&rows->ahead);
	for (i = 0; i < count; i++)
		row_set(row, i, numbers[i]);
	return &row->row;
}

void
rows_bind(struct state_row *row, int at, const struct token_text *text)
{
	struct session_values *values = &row_of(row)->values;

	values->values[at - 1] = text ? text->text ? text->text : "" : NULL;
	values->sizes[at - 1] = text ? (int)text->size : 0;
}

static void
name_statement(char name[8], const struct row *row)
{
	snprintf(name, 8, "s%d", (int)row->which);
}

/* 0, or -1. */
static int
rows_prepare(struct state *state, struct row *row)
{
	char name[8];

	if (row->is_prepared)
		return 0;
	row->is_prepared = true;
	name_statement(name, row);
	return session_prepare(
	    state, rows_session(state), name, &statements[row->which]);
}

/* Sends a statement with its parameters. 0, or -1. */
static int
rows_send(struct state *state, struct row *row)
{
	char name[8];

	name_statement(name, row);
	return rows_prepare(state, row) < 0
		   ? -1
		   : session_send_prepared(state, rows_session(state), name,
			 statements[row->which].parameters, &row->values);
}

/* Opens the cursor of packs, and fetches from it. */
static int
send_packs(struct state *state, struct row *row)
{
	struct rows *rows = state->session;
	struct session *session = &rows->session;
	char sql[256];

	if (!row->is_sent) {
		snprintf(sql, sizeof sql, "DECLARE packs CURSOR FOR %s",
		    statements[STATE_PACKS].sql);
		if ((rows->has_packs && session_send(state, session,
					    "CLOSE packs", 0, NULL) < 0) ||
		    session_send(state, session, sql,
			statements[STATE_PACKS].parameters, &row->values) < 0)
			return -1;
		rows->has_packs = true;
	}
	snprintf(sql, sizeof sql, "FETCH %d FROM packs", PACKS_AT_ONCE);
	return session_send(state, session, sql, 0, NULL);
}

int
row_fetch(struct state *state, struct row *row)
{
	const bool is_large = row->which == STATE_PACKS;

	if ((is_large ? send_packs(state, row) : rows_send(state, row)) < 0)
		return -1;
	row->is_sent = true;
	PQclear(row->result);
	row->result = NULL;
	if (session_wait(state, rows_session(state), &row->result) < 0)
		return -1;
	if (PQresultStatus(row->result) != PGRES_TUPLES_OK)
		return session_fail(state, rows_session(state), row->result);
	row->at = -1;
	row->count = PQntuples(row->result);
	return 0;
}

static bool
may_have_more(const struct row *row)
{
	return !row->is_sent ||
	       (row->which == STATE_PACKS && row->count == PACKS_AT_ONCE);
}

/* A run without --profiles forgets those of the rosters that it finds. Those of
   the others may be of other runs. 1, or -1. */
static int
drop_profiles(struct state *state, struct row *row)
{
	struct rows *rows = state->session;
	const int64_t roster = row_number(row, row->at, 0);
	struct session_values values = {{NULL}, {0}};
	const uint64_t sent = htobe64((uint64_t)roster);

	if (rows->without_profiles == roster)
		return 1;
	rows->without_profiles = roster;
	values.values[0] = (const char *)&sent;
	values.sizes[0] = sizeof sent;
	return session_send(state, &rows->session,
		   "DELETE FROM profile WHERE roster = $1", 1, &values) < 0
		   ? -1
		   : 1;
}

int
rows_step(struct state *state, struct state_row *of)
{
	struct rows *rows = state->session;
	struct row *row = row_of(of);

	if (row->which == STATE_MEMBERS)
		return ahead_step(state, &rows->ahead, row);
	if (row->is_sent && row->at + 1 < row->count) {
		row->at++;
		return 1;
	}
	if (may_have_more(row)) {
		if (row_fetch(state, row) < 0)
			return -1;
		if (row->count > 0) {
			row->at = 0;
			return row->which == STATE_FIND_ROSTER &&
				       !state->has_profiles
				   ? drop_profiles(state, row)
				   : 1;
		}
	}
	rows_reset(of);
	return 0;
}

int
rows_run(struct state *state, struct state_row *row)
{
	return rows_send(state, row_of(row));
}

int
rows_ask(struct state *state, struct state_row *of)
{
	struct rows *rows = state->session;

	/* No result of what was sent before must be taken for an answer. */
	if (rows->asked == 0 &&
	    (rows_prepare(state, row_of(of)) < 0 ||
		session_wait(state, &rows->session, NULL) < 0))
		return -1;
	rows->are_flushed = false;
	rows->asked++;
	return rows_send(state, row_of(of));
}

int
rows_answer(struct state *state)
{
	struct rows *rows = state->session;
	PGresult *result;
	int answer;

	if (!rows->are_flushed && session_flush(state, &rows->session) < 0)
		return -1;
	rows->are_flushed = true;
	rows->asked--;
	if (session_next(state, &rows->session, &result) < 0)
		return -1;
	answer = PQntuples(result) > 0;
	PQclear(result);
	return answer;
}

void
rows_reset(struct state_row *of)
{
	struct row *row = row_of(of);

	PQclear(row->result);
	row->result = NULL;
	row->is_sent = false;
	row->at = row->count = 0;
}

int64_t
rows_number(struct state_row *of, int column)
{
	const struct row *row = row_of(of);

	return row_number(row, row->at, column);
}

bool
rows_is_null(struct state_row *of, int column)
{
	const struct row *row = row_of(of);

	return PQgetisnull(row->result, row->at, column);
}

struct token_text
rows_text(struct state_row *of, int column)
{
	const struct row *row = row_of(of);

	return (struct token_text){PQgetvalue(row->result, row->at, column),
	    (size_t)PQgetlength(row->result, row->at, column), NULL};
}
