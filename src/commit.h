/*
 * commit.h: group commit, one per process.
 *
 * While one batch of a campaign is on its way to the disk, requests for that
 * campaign queue up; the next batch takes all that wait. So an idle receiver
 * commits at once, a busy one shares each fsync pair among many requests, and
 * no timer is involved. Campaigns do not wait for each other.
 */
#ifndef COMMIT_H
#define COMMIT_H

#include <sys/uio.h>

#include "campaign.h"

struct commit;

/* NULL and errno when it cannot be made. Free it when no thread is inside. */
struct commit *commit_new(void);
void commit_free(struct commit *commit);

/*
 * Puts whole lines, 1 byte or more, into the campaign's spool and
 * returns when their fate is known. 0: durable. -1 and errno: none of it is in
 * new/. The lines stay the caller's and must not change meanwhile.
 */
int commit_lines(struct commit *commit, const struct campaign *campaign,
    const struct iovec *lines) MUST_USE;

#endif
