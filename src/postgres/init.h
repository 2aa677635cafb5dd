/* init.h: makes the tables of STATE in PostgreSQL. */
#ifndef INIT_H
#define INIT_H

#include "once/state.h"

/* Makes them in the schema mixspool of the database of URL, unless they are
   there. 0, or -1, see state.h. */
int init_make(struct state *state, const char *url) MUST_USE;

#endif
