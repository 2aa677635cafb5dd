/*
 * lease.h: opens a file on which another process, or another host over NFS (a
 * delegation), may have a lease.
 */
#ifndef LEASE_H
#define LEASE_H

#include "base/attributes.h"

#define LEASE_WAIT_MS 5000

/*
 * Opens the file NAME of FOLDER with FLAGS, without following a link, and
 * without waiting for the other end of a FIFO. Asks for a lease to be given up,
 * and waits for that, up to LEASE_WAIT_MS. A descriptor, or -1 and errno;
 * EBUSY: the lease is still there.
 */
int lease_open(int folder, const char *name, int flags) MUST_USE;

#endif
