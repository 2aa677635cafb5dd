/* state_statements.h: the schema of STATE, and all statements of a run. */
#ifndef STATE_STATEMENTS_H
#define STATE_STATEMENTS_H

#include "once/state.h"

#define STATE_APPLICATION 0x6d69786f /* "mixo" */
#define STATE_FORMAT 1

extern const char state_schema[];
extern const char *const state_sql[STATE_STATEMENTS];

#endif
