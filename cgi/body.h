/* body.h: reads the whole body of a request. */
#ifndef BODY_H
#define BODY_H

#include <stddef.h>

#include "base/attributes.h"
#include "cgi/answer.h"

/*
 * A step: reads LENGTH bytes into BODY, which the caller frees in any case.
 * False: ANSWER says why. A body of any other length is refused.
 */
bool body_read(struct gateway_request *gateway, size_t length, char **body,
    struct answer *answer) MUST_USE;

#endif
