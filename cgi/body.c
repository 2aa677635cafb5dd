#include "cgi/body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Tells what ended the reading early. */
static bool
refuse_broken(
    const struct gateway_request *gateway, int error, struct answer *answer)
{
	if (gateway_read_timed_out(gateway))
		return answer_refuse(answer, OUTCOME_TRY_LATER,
		    "the body took over %d seconds to come",
		    READ_TIMEOUT_MS / 1000);
	if (error == ECONNRESET)
		return answer_refuse(
		    answer, OUTCOME_BAD_BODY, "the body was cut off");
	return answer_refuse(answer, OUTCOME_TRY_LATER,
	    "cannot read the body: %s", strerror(error));
}

bool
body_read(struct gateway_request *gateway, size_t length, char **body,
    struct answer *answer)
{
	ssize_t got;
	int more = 0;

	*body = malloc(length + 1);
	if (!*body)
		return answer_refuse(
		    answer, OUTCOME_TRY_LATER, "no memory for the body");
	got = gateway_read(gateway, *body, length);
	if (got == (ssize_t)length)
		more = gateway_has_more(gateway);
	if (got < 0 || more < 0)
		return refuse_broken(gateway, errno, answer);
	if ((size_t)got < length && gateway_read_timed_out(gateway))
		return refuse_broken(gateway, 0, answer);
	if ((size_t)got < length)
		return answer_refuse(answer, OUTCOME_BAD_BODY,
		    "the body has %zd bytes, its Content-Length says %zu", got,
		    length);
	return !more || answer_refuse(answer, OUTCOME_BAD_BODY,
			    "the body is longer than its Content-Length, "
			    "%zu bytes",
			    length);
}
