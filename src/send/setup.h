/*
 * setup.h: what a run opens before it starts, each by what the options ask for.
 * Each call returns EX_OK, or what to exit with after a message.
 */
#ifndef SETUP_H
#define SETUP_H

#include "send/recipients.h"
#include "send/send_options.h"
#include "send/snapshot.h"

/* Whether all files can be read, so that a typo is reported before anything is
   sent. */
int setup_check_files(const struct send_options *options) MUST_USE;

/* The caller frees what it gets, also after a failure. */
int setup_filter(struct filter **filter, const char *where) MUST_USE;
int setup_ledger(
    struct ledger **ledger, const struct send_options *options) MUST_USE;
int setup_snapshot(
    struct snapshot **snapshot, const struct send_options *options) MUST_USE;
int setup_outbox(struct outbox *outbox, struct client **client,
    const struct send_options *options) MUST_USE;

#endif
