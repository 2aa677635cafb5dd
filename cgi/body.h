/* body.h: the body of a request, read whole. */
#ifndef BODY_H
#define BODY_H

#include <stddef.h>

#include "base/attributes.h"
#include "cgi/answer.h"

/*
 * A step: reads LENGTH bytes, which the caller frees in any case. False: ANSWER
 * is why, also for a body that is longer.
 */
bool body_read(struct gateway_request *gateway, size_t length, char **body,
    struct answer *answer) MUST_USE;

#endif
