/* lock_wait.h: waits for the lock of a campaign, which a drain may hold. */
#ifndef LOCK_WAIT_H
#define LOCK_WAIT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"

#define LOCK_WAIT_SECONDS 30 /* unless the operator says something else */
#define LOCK_WAIT_MAX 86400

/*
 * As lock_campaign (lock.h), and waits for up to so many seconds while another
 * process has the lock. A drain with a backlog gives it up for a moment after
 * each turn, which is enough. Takes over SIGALRM and its timer meanwhile.
 */
int lock_wait(int folder, uint64_t seconds, pid_t *holder) MUST_USE;

#endif
