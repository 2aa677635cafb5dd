/* row.h: a statement with its parameters and rows, inside of rows.h. */
#ifndef ROW_H
#define ROW_H

#include <endian.h>
#include <string.h>

#include "postgres/session.h"

struct row {
	struct state_row row;
	enum state_statement which;
	bool is_prepared, is_sent;
	int64_t numbers[STATEMENTS_PARAMETERS]; /* as they are sent */
	struct session_values values;
	PGresult *result;
	int at, count; /* of its rows */
};

/* A parameter, from 0, that is a number. */
static inline void
row_set(struct row *row, int at, int64_t number)
{
	row->numbers[at] = (int64_t)htobe64((uint64_t)number);
	row->values.values[at] = (const char *)&row->numbers[at];
	row->values.sizes[at] = sizeof number;
}

static inline int64_t
row_parameter(const struct row *row, int at)
{
	return (int64_t)be64toh((uint64_t)row->numbers[at]);
}

/* A column of the row AT. */
static inline int64_t
row_number(const struct row *row, int at, int column)
{
	uint64_t number = 0;

	if (PQgetlength(row->result, at, column) == sizeof number)
		memcpy(&number, PQgetvalue(row->result, at, column),
		    sizeof number);
	return (int64_t)be64toh(number);
}

/* Sends a statement, and gets its rows; or the next ones. 0, or -1. */
int row_fetch(struct state *state, struct row *row) MUST_USE;

#endif
