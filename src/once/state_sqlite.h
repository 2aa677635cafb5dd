/*
 * state_sqlite.h: STATE as a file, a SQLite database.
 *
 * state_open makes it if it is missing, for its owner alone; NULL: in memory.
 * It is locked from then on.
 */
#ifndef STATE_SQLITE_H
#define STATE_SQLITE_H

#include <sqlite3.h>

#include "once/state.h"

#define STATE_BUSY_MS 1000
#define STATE_APPLICATION 0x6d69786f /* "mixo" */
#define STATE_FORMAT 3

extern const struct state_driver state_sqlite;

extern const char state_sqlite_schema[];
/* The rest of it: how people are kept. */
extern const char state_sqlite_schema_people[];
extern const char state_sqlite_schema_index[]; /* of packs */
extern const char *const state_sqlite_sql[STATE_STATEMENTS];

sqlite3 *state_sqlite_database(struct state *state);

#endif
