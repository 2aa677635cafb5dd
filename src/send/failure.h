/*
 * failure.h: what ends a run. Each reports the failure, notes the exit code in
 * `status` unless there is one, and stops the reading and new attempts.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include "send/state.h"

/* EX_OSERR. */
void failure_of_memory(struct send *send);

/* EX_IOERR: nobody may be sent twice because the ledger could not record it. */
void failure_to_remember(struct send *send);

#endif
