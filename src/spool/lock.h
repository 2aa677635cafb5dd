/*
 * lock.h: the lock of a campaign, for drain and what must not run beside it.
 *
 * An advisory record lock (fcntl(2)) on the file `lock` in the campaign's
 * folder: it ends with its process, commands do not inherit it, and the kernel
 * knows its holder. Closing the descriptor releases it.
 *
 * On a full disk without that file it is a lock on the folder (flock(2)), which
 * excludes others without the file: what they drain makes room for it.
 */
#ifndef LOCK_H
#define LOCK_H

#include <sys/types.h>

#include "base/attributes.h"

/*
 * A descriptor that holds the lock, or -1 and errno. EAGAIN: another process
 * has it, *HOLDER, or 0 if that one is on another host or in another container.
 * EBUSY: another process has a lease on `lock` (lease.h). EINVAL: `lock` is not
 * a regular file. EMLINK, for root alone: it has a second name, which may be
 * that of any file.
 */
int lock_campaign(int folder, pid_t *holder) MUST_USE;

/* Makes the file `lock` if it is missing, so that a full disk can be drained.
   0, or -1 and errno. */
int lock_make(int folder) MUST_USE;

/* Words for an error of this call or of batch_open: a constant, or strerror's.
 */
const char *lock_strerror(int error);

#endif
