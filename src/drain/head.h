/*
 * head.h: what one drain tells the next of a campaign: which batch at its head
 * fails again and again, and which ones --skip-after has skipped.
 *
 * It is kept as one line in the campaign's file `lock`, which is overwritten in
 * place and never gets shorter, so that it needs no room later. It is not
 * synced: losing it costs some more tries.
 */
#ifndef HEAD_H
#define HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "spool/batches.h"

struct head {
	int lock;         /* a descriptor; borrowed */
	batch_name batch; /* that was the first of the last failed run; or "" */
	uint64_t failures; /* of such runs in a row */
	/* What is left of the batches up to this one is tried last. */
	batch_name skipped;
};

/* Any other text in that file counts as none. */
void head_read(struct head *head, int lock);

/* A run that began with BATCH has failed. 0; or -1 and errno: this is not kept
   for the next drain, as on a full disk. */
int head_failed(struct head *head, const char *batch) MUST_USE;

/* A run up to BATCH went well. */
void head_passed(struct head *head, const char *batch);

/* BATCH, or none if it is "", is the last that is skipped. */
void head_skip(struct head *head, const char *batch);

#endif
