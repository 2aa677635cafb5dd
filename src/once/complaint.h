/* complaint.h: the messages of a run of once. Those that end it return an exit
   code. */
#ifndef COMPLAINT_H
#define COMPLAINT_H

#include <stdint.h>

#include "once/state.h"

/* A call about STATE, which was given as NAME, has failed. */
int complaint_state(const struct state *state, const char *name);

/* WHAT cannot be done to a temporary file, by errno. */
int complaint_scratch(const struct state_driver *driver, const char *what);

/*
 * When the process that feeds this is killed together with its keeper
 * (drain/keeper.h), the input ends early. What is missing of a page would be
 * taken for people who left.
 */
int complaint_short(uint64_t lines, uint64_t expected);

/* A warning: a snapshot cannot become whole, see judge_unwhole. */
void complaint_unwhole(void);

#endif
