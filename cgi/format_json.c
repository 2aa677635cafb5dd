/*
 * What Mixpanel sends as JSON: pages of cohorts, alerts, event streams. The
 * answer is JSON in the form of its docs, "Cohort sync: webhooks".
 *
 * 400, 401, 403 and 404 pause a sync until somebody resumes it by hand. So 400
 * is only for a body that can never become right, and all else that goes wrong
 * is 503, which Mixpanel tries again.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cgi/format.h"
#include "users/payload.h"

/* "application/json", and the suffix "+json" of RFC 6839. */
static bool
is_type(const char *type, size_t length)
{
	static const char prefix[] = "application/", json[] = "json";
	const size_t shortest = sizeof prefix + sizeof json - 2;

	return length >= shortest &&
	       !strncasecmp(type, prefix, sizeof prefix - 1) &&
	       !strncasecmp(type + length - 4, json, sizeof json - 1) &&
	       (length == shortest || type[length - 5] == '+');
}

static bool
take_users(char *body, size_t size, const struct users_limits *limits,
    struct users *users, struct answer *answer)
{
	struct users_error error = {""};
	struct payload payload;
	enum users_status status =
	    payload_read(body, size, limits, &payload, &error);

	answer->action = payload.action;
	answer->action_size = payload.action_size;
	answer->kind = payload.kind;
	answer->about = payload.about;
	*users = payload.users;
	return format_conclude(status, &error, answer);
}

/* An action is echoed as it was sent, if it is a string of a plausible size. */
#define ACTION_MAX 256

static size_t
put_action(const struct answer *answer, char *to, size_t room)
{
	if (!answer->action || *answer->action != '"' ||
	    answer->action_size > ACTION_MAX)
		return 0;
	return (size_t)snprintf(to, room, "\"action\": %.*s, ",
	    (int)answer->action_size, answer->action);
}

/* TEXT as what is between the quotes of a JSON string. */
static size_t
put_escaped(const char *text, char *to)
{
	char *start = to;

	for (; *text; text++) {
		if ((unsigned char)*text < ' ') {
			to += snprintf(to, 7, "\\u%04x", (unsigned char)*text);
			continue;
		}
		if (*text == '"' || *text == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	return (size_t)(to - start);
}

static size_t
write_body(const struct answer *answer, const struct format_reply *reply,
    char to[FORMAT_BODY_SIZE])
{
	static const char error[] = "\"status\": \"failure\", \"error\": "
				    "{\"message\": \"";
	size_t size = (size_t)snprintf(to, FORMAT_BODY_SIZE, "{");

	size += put_action(answer, to + size, FORMAT_BODY_SIZE - size);
	if (reply->status == 200)
		return size + (size_t)snprintf(to + size,
				  FORMAT_BODY_SIZE - size,
				  "\"status\": \"success\"}\n");
	memcpy(to + size, error, sizeof error - 1);
	size += sizeof error - 1;
	size += put_escaped(answer->text, to + size);
	return size + (size_t)snprintf(to + size, FORMAT_BODY_SIZE - size,
			  "\", \"code\": %d}}\n", reply->status);
}

#define TRY_AGAIN                                                              \
	{                                                                      \
		503, "Service Unavailable", "Retry-After: 60\r\n"              \
	}

const struct format format_json = {
    .is_type = is_type,
    .answer_type = "application/json",
    .replies =
	{
	    [OUTCOME_STORED] = {200, "OK", ""},
	    [OUTCOME_SET_ASIDE] = {200, "OK", ""},
	    [OUTCOME_HEALTHY] = {200, "OK", ""},
	    [OUTCOME_NOT_POST] = TRY_AGAIN,
	    [OUTCOME_NO_SECRET] = {401, "Unauthorized",
		"WWW-Authenticate: Basic realm=\"mixspool\", "
		"charset=\"UTF-8\"\r\n"},
	    [OUTCOME_NO_CAMPAIGN] = {404, "Not Found", ""},
	    [OUTCOME_WRONG_TYPE] = TRY_AGAIN,
	    [OUTCOME_NO_LENGTH] = TRY_AGAIN,
	    [OUTCOME_TOO_LARGE] = TRY_AGAIN,
	    [OUTCOME_BROKEN_BODY] = TRY_AGAIN,
	    [OUTCOME_BAD_BODY] = {400, "Bad Request", ""},
	    [OUTCOME_TRY_LATER] = TRY_AGAIN,
	},
    .take_users = take_users,
    .write_body = write_body,
};
