/*
 * send_kind.h: which webhook the options ask for, and whether they fit it.
 */
#ifndef SEND_KIND_H
#define SEND_KIND_H

#include "send/send_options.h"

/* Whether JSON could have TEXT in it. */
bool send_kind_is_utf8(const char *text);

/* Completes OPTIONS. EX_OK, or EX_USAGE after a message. */
int send_kind_take(struct send_options *options) MUST_USE;

#endif
