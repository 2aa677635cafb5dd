/*
 * statements.h: the schema of STATE in PostgreSQL, which mixspool-once(1)
 * describes, and the statements of once/state_statements.h. All numbers are
 * bigint, so that each parameter and column has one binary form.
 */
#ifndef STATEMENTS_H
#define STATEMENTS_H

#include "once/state_statements.h"

#define STATEMENTS_FORMAT "1"
#define STATEMENTS_PARAMETERS 9 /* at most */

/* The commands that make it, in a schema that is there. */
extern const char statements_schema[];

struct statement {
	const char *sql;
	int parameters, numbers; /* the first ones are numbers */
};

extern const struct statement statements[STATE_STATEMENTS];

#endif
