#include "cgi/body.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of a body without a length. Most of Mixpanel's fit. */
#define FIRST_ROOM ((size_t)64 * 1024)

static bool
refuse_without_memory(struct answer *answer)
{
	return answer_refuse(
	    answer, OUTCOME_TRY_LATER, "no memory for the body");
}

static bool
take_memory(struct budget_share *share, size_t bytes, struct answer *answer)
{
	return budget_take(share, bytes) ||
	       answer_refuse(answer, OUTCOME_TRY_LATER,
		   "too many bodies at once for %" PRIu64
		   " bytes of memory (MIXSPOOL_MEMORY)",
		   share->budget->max);
}

/* ERROR, or else the timeout, ended the reading early. */
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
		    answer, OUTCOME_BROKEN_BODY, "the body was cut off");
	return answer_refuse(answer, OUTCOME_TRY_LATER,
	    "cannot read the body: %s", strerror(error));
}

bool
body_refuse_large(uint64_t max, struct answer *answer)
{
	return answer_refuse(answer, OUTCOME_TOO_LARGE,
	    "the body is over %" PRIu64 " bytes (MIXSPOOL_MAX_BODY)", max);
}

bool
body_read(struct gateway_request *gateway, struct budget_share *share,
    char **body, struct answer *answer)
{
	const size_t length = (size_t)answer->length;
	ssize_t got;
	int more = 0;

	if (!take_memory(share, length + 1, answer))
		return false;
	*body = malloc(length + 1);
	if (!*body)
		return refuse_without_memory(answer);
	got = gateway_read(gateway, *body, length);
	if (got == (ssize_t)length)
		more = gateway_has_more(gateway);
	if (got < 0 || more < 0)
		return refuse_broken(gateway, errno, answer);
	if ((size_t)got < length && gateway_read_timed_out(gateway))
		return refuse_broken(gateway, 0, answer);
	if ((size_t)got < length)
		return answer_refuse(answer, OUTCOME_BROKEN_BODY,
		    "the body has %zd bytes, its Content-Length says %zu", got,
		    length);
	return !more || answer_refuse(answer, OUTCOME_BROKEN_BODY,
			    "the body is longer than its Content-Length, "
			    "%zu bytes",
			    length);
}

/* Doubles the room, so that a small body takes little memory: up to one byte
   more than MAX, which tells that the body is over it. */
static size_t
next_room(size_t room, size_t max)
{
	room = room == 0 ? FIRST_ROOM : 2 * room;
	return room > max ? max + 1 : room;
}

bool
body_read_to_end(struct gateway_request *gateway, size_t max,
    struct budget_share *share, char **body, struct answer *answer)
{
	size_t have = 0, room = 0;
	ssize_t got = 0;
	char *larger;

	while (have == room && have <= max) {
		room = next_room(room, max);
		if (!take_memory(share, room, answer))
			return false;
		larger = realloc(*body, room);
		if (!larger)
			return refuse_without_memory(answer);
		*body = larger;
		got = gateway_read(gateway, *body + have, room - have);
		if (got < 0)
			return refuse_broken(gateway, errno, answer);
		have += (size_t)got;
		answer->length = have;
	}
	return have <= max || body_refuse_large(max, answer);
}
