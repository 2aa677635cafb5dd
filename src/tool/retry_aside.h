/*
 * retry_aside.h: tries again what was set aside, which an upgrade may take.
 *
 * The users of a batch in aside/ become a batch in new/, which is durable
 * before they leave aside/. If the process is killed in between, they are
 * handed over again next time; nothing is ever lost. A batch without a user
 * stays as it is.
 */
#ifndef RETRY_ASIDE_H
#define RETRY_ASIDE_H

#include <stddef.h>

#include "base/attributes.h"

struct retry_aside {
	int folder; /* of the campaign, whose lock (lock.h) the caller has */
	int aside, new, tmp;
	size_t users; /* that are in new/ now */
	size_t left;  /* elements that are still no users */
};

/*
 * Tries the BATCHES_MAX oldest batches; the counts begin at 0. -1: some failed,
 * errno is that of the first, and they are not counted.
 */
int retry_aside(struct retry_aside *retry) MUST_USE;

#endif
