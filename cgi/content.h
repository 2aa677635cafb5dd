/*
 * content.h: the steps of an intake that are about its body.
 *
 * Each returns REPLY_SPOOLED: go on with the next; else what the request is
 * refused with, and has said why.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include <stdint.h>

#include "base/attributes.h"
#include "cgi/intake.h"

/* The length in bytes that the request's header tells; 0: none or no number;
   UINT64_MAX also for whatever is above it. */
uint64_t content_announced(const struct gateway_request *request);

/* What the headers tell of the body: its type, and a length that is allowed. */
enum reply_outcome content_check(struct intake *intake) MUST_USE;

/* After content_check: reads the body, and the users in it. */
enum reply_outcome content_read(struct intake *intake) MUST_USE;

#endif
