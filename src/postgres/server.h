/*
 * server.h: STATE in PostgreSQL, shared by the runs of many machines.
 *
 * state_open needs the tables, which server_init makes. Who finds a roster has
 * its row locked, so that two runs on one cohort follow each other, and others
 * do not wait. A run that is killed, or whose machine is gone, leaves neither
 * rows nor locks: the server rolls back when the connection ends.
 */
#ifndef SERVER_H
#define SERVER_H

#include "once/state.h"

extern const struct state_driver server_driver;

#endif
