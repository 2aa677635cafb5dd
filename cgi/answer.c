#include "cgi/answer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cgi/format.h"
#include "spool/campaign.h"

bool
answer_refuse(
    struct answer *answer, enum outcome outcome, const char *format, ...)
{
	va_list arguments;

	answer->outcome = outcome;
	va_start(arguments, format);
	vsnprintf(answer->text, sizeof answer->text, format, arguments);
	va_end(arguments);
	return false;
}

/* The campaign and the length only: nothing of a user is ever logged. */
static void
log_refusal(const struct answer *answer, const struct format_reply *reply,
    struct refusals *refusals, struct gateway_request *gateway)
{
	const char *campaign = answer->campaign ? answer->campaign : "unknown";
	char line[sizeof answer->text + CAMPAIGN_NAME_MAX + 64];

	snprintf(line, sizeof line, "%d, campaign %s, %" PRIu64 " bytes: %s",
	    reply->status, campaign, answer->length, answer->text);
	refusals_log(refusals, gateway, line);
}

/* Some web servers take a body in the answer to HEAD for a broken one. */
static bool
has_body(const struct gateway_request *gateway)
{
	const char *method = gateway_param(gateway, "REQUEST_METHOD");

	return !method || strcmp(method, "HEAD") != 0;
}

const struct format_reply *
answer_reply(const struct answer *answer, const struct format *format)
{
	/* A body of no known type is refused as a form is. */
	return &(format ? format : &format_form)->replies[answer->outcome];
}

void
answer_send(const struct answer *answer, const struct format *format,
    struct refusals *refusals, struct gateway_request *gateway)
{
	const struct format_reply *reply = answer_reply(answer, format);
	char message[512 + FORMAT_BODY_SIZE];
	size_t size;

	static_assert(sizeof message <= GATEWAY_TEXT_MAX, "it is sent");
	if (!format)
		format = &format_form;
	if (answer->outcome != OUTCOME_STORED && !answer->is_health)
		log_refusal(answer, reply, refusals, gateway);
	size = (size_t)snprintf(message, sizeof message,
	    "Status: %d %s\r\n"
	    "%s"
	    "Content-Type: %s\r\n"
	    "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "\r\n",
	    reply->status, reply->reason, reply->headers, format->answer_type);
	if (has_body(gateway))
		size += format->write_body(answer, reply, message + size);
	gateway_write(gateway, message, size);
}
