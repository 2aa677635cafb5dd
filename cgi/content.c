#include "cgi/content.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "cgi/form.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
#define FIELD "users"

uint64_t
content_announced(const struct gateway_request *request)
{
	const char *text = gateway_param(request, "CONTENT_LENGTH");
	uint64_t length;

	if (!text || !*text || text[strspn(text, "0123456789")])
		return 0;
	return number_parse(text, 0, UINT64_MAX, &length) < 0 ? UINT64_MAX
							      : length;
}

static enum reply_outcome
check_type(struct intake *intake)
{
	const char *type = gateway_param(intake->request, "CONTENT_TYPE");
	const char *encoding =
	    gateway_param(intake->request, "HTTP_CONTENT_ENCODING");
	size_t length = type ? strcspn(type, "; \t") : 0;

	if (length != strlen(FORM_TYPE) ||
	    strncasecmp(type, FORM_TYPE, length) != 0)
		return intake_say(intake, REPLY_MEDIA_TYPE,
		    "the Content-Type must be " FORM_TYPE);
	if (encoding && *encoding && strcasecmp(encoding, "identity") != 0)
		return intake_say(intake, REPLY_MEDIA_TYPE,
		    "the body must come without a Content-Encoding");
	return REPLY_SPOOLED;
}

static enum reply_outcome
check_length(struct intake *intake)
{
	const char *text = gateway_param(intake->request, "CONTENT_LENGTH");

	if (!text || !*text)
		return intake_say(intake, REPLY_BAD_REQUEST,
		    "the request has no Content-Length");
	if (text[strspn(text, "0123456789")])
		return intake_say(intake, REPLY_BAD_REQUEST,
		    "the Content-Length is not a whole number");
	if (intake->length > intake->settings.max_body)
		return intake_say(intake, REPLY_TOO_LARGE,
		    "the body is over %" PRIu64 " bytes (MIXSPOOL_MAX_BODY)",
		    intake->settings.max_body);
	return REPLY_SPOOLED;
}

enum reply_outcome
content_check(struct intake *intake)
{
	const enum reply_outcome outcome = check_type(intake);

	return outcome == REPLY_SPOOLED ? check_length(intake) : outcome;
}

static enum reply_outcome
read_body(struct intake *intake)
{
	const size_t length = (size_t)intake->length;
	ssize_t got;
	int more = 0, error;

	intake->body = malloc(length + 1);
	if (!intake->body)
		return intake_say(
		    intake, REPLY_TRY_LATER, "no memory for the body");
	got = gateway_read(intake->request, intake->body, length);
	if (got == (ssize_t)length)
		more = gateway_has_more(intake->request);
	error = errno;
	if ((got < (ssize_t)length || more < 0) &&
	    gateway_read_timed_out(intake->request))
		return intake_say(intake, REPLY_TRY_LATER,
		    "the body took over %d seconds to come",
		    READ_TIMEOUT_MS / 1000);
	if ((got < 0 || more < 0) && error != ECONNRESET)
		return intake_say(intake, REPLY_TRY_LATER,
		    "cannot read the body: %s", strerror(error));
	if (got < 0 || more < 0)
		return intake_say(
		    intake, REPLY_BAD_REQUEST, "the body was cut off");
	if ((size_t)got < length)
		return intake_say(intake, REPLY_BAD_REQUEST,
		    "the body has %zd bytes, its Content-Length says %zu", got,
		    length);
	if (more)
		return intake_say(intake, REPLY_BAD_REQUEST,
		    "the body is longer than its Content-Length, %zu bytes",
		    length);
	return REPLY_SPOOLED;
}

static enum reply_outcome
read_users(struct intake *intake)
{
	const struct users_limits limits = {
	    (size_t)intake->settings.max_users, &intake->endpoint->large};
	struct users_error error;
	char *json = NULL;
	size_t size = 0;

	switch (form_field(
	    intake->body, (size_t)intake->length, FIELD, &json, &size)) {
	case FORM_OK:
		break;
	case FORM_BAD_ESCAPE:
		return intake_say(intake, REPLY_BAD_REQUEST,
		    "a %% without two hexadecimal digits at byte %zu of the "
		    "body",
		    size + 1);
	case FORM_MISSING:
		return intake_say(
		    intake, REPLY_BAD_REQUEST, "the form has no field " FIELD);
	case FORM_REPEATED:
		return intake_say(intake, REPLY_BAD_REQUEST,
		    "the form has the field " FIELD " more than once");
	}
	switch (users_read(
	    json, size, &user_rule_form, &limits, &intake->users, &error)) {
	case USERS_OK:
		return REPLY_SPOOLED;
	case USERS_INVALID:
		return intake_say(intake, REPLY_BAD_REQUEST, "%s", error.text);
	case USERS_TOO_MANY:
		return intake_say(intake, REPLY_TOO_LARGE,
		    "%s (MIXSPOOL_MAX_USERS)", error.text);
	case USERS_NO_MEMORY:
		break;
	}
	return intake_say(intake, REPLY_TRY_LATER, "no memory for the users");
}

enum reply_outcome
content_read(struct intake *intake)
{
	const enum reply_outcome outcome = read_body(intake);

	return outcome == REPLY_SPOOLED ? read_users(intake) : outcome;
}
