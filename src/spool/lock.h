/*
 * lock.h: one drain per campaign at a time, and what must not meet one.
 *
 * An advisory record lock (fcntl(2)) on the file lock in the campaign's folder:
 * it dies with its process, a command does not inherit it, and the kernel knows
 * who holds it. Closing the descriptor ends it.
 */
#ifndef LOCK_H
#define LOCK_H

#include <sys/types.h>

#include "base/attributes.h"

/*
 * A descriptor that holds the lock. -1 and errno; EAGAIN: somebody else has it,
 * *HOLDER is the process, or 0 when it has just gone. EINVAL: the file lock is
 * no regular file. EMLINK, for root alone: it has another name, which may be
 * that of any file.
 */
int lock_campaign(int folder, pid_t *holder) MUST_USE;

/* Why it failed: a constant, or as strerror. */
const char *lock_strerror(int error);

#endif
