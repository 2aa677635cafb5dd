/* body.h: reads the whole body of a request. */
#ifndef BODY_H
#define BODY_H

#include <stddef.h>

#include "base/attributes.h"
#include "cgi/answer.h"
#include "cgi/budget.h"

/*
 * Steps: each reads a body into BODY, which the caller frees in any case, as it
 * gives back the SHARE, which grows with the body.
 * False: ANSWER says why.
 *
 * body_read takes answer->length bytes, and refuses a body of any other length.
 * body_read_to_end is for a body that came without a length and whose end shows
 * (gateway_ends_body). It takes up to MAX bytes and sets answer->length.
 */
bool body_read(struct gateway_request *gateway, struct budget_share *share,
    char **body, struct answer *answer) MUST_USE;
bool body_read_to_end(struct gateway_request *gateway, size_t max,
    struct budget_share *share, char **body, struct answer *answer) MUST_USE;

/* Refuses a body that is larger than MAX bytes. Always false. */
bool body_refuse_large(uint64_t max, struct answer *answer);

#endif
