/* probe.h: could a batch be stored now? */
#ifndef PROBE_H
#define PROBE_H

#include "spool/campaign.h"
#include "spool/spool_names.h"

#define PROBE_SIZE 4096 /* bytes that are written: a block is allocated */

/*
 * Does in the file system what the commit of a batch does: makes a file in
 * tmp/, writes to it, syncs it, renames it, and syncs both folders. The second
 * name is in tmp/, too: new/ never shows anything. Whether a file may be made
 * in new/ is tried with one that has no name.
 *
 * 0: the file is removed again. -1 and errno: so it is, or a batch could not
 * be stored. A crash leaves at most the file in tmp/, blank and named like a
 * batch, which spool_sweep removes.
 */
int probe_commit(
    const struct campaign *campaign, struct spool_names *names) MUST_USE;

#endif
