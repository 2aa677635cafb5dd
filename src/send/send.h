/*
 * send.h: one run: users from the recipients into the outbox, until both are
 * through. It ends earlier after stop.h's signals, and when it cannot go on:
 * no attempt is started then, and what is in flight is waited for.
 *
 * Users from a slow pipe do not wait for others: a part of a POST goes out when
 * the pipe is idle and no user has come for SEND_QUIET_MS.
 *
 * Invalid profiles, files that cannot be read and an endpoint that is down are
 * reported, and do not end it.
 */
#ifndef SEND_H
#define SEND_H

#include "send/state.h"

/* One pass through the profiles, or passes until a signal with --watch. */
void send_run(struct send *send);

#endif
