/* The campaign webhook: a form with a JSON list of users in the field "users",
   answered in plain text. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cgi/form.h"
#include "cgi/format.h"

#define FIELD "users"

static bool
find_list(char *body, size_t size, char **list, size_t *list_size,
    struct answer *answer)
{
	switch (form_field(body, size, FIELD, list, list_size)) {
	case FORM_OK:
		break;
	case FORM_BAD_ESCAPE:
		return answer_refuse(answer, OUTCOME_BAD_BODY,
		    "a %% without two hexadecimal digits at byte %zu of the "
		    "body",
		    *list_size + 1);
	case FORM_MISSING:
		return answer_refuse(
		    answer, OUTCOME_BAD_BODY, "the form has no field " FIELD);
	case FORM_REPEATED:
		return answer_refuse(answer, OUTCOME_BAD_BODY,
		    "the form has the field " FIELD " more than once");
	}
	return true;
}

static bool
take_users(char *body, size_t size, const struct users_limits *limits,
    struct users *users, struct answer *answer)
{
	struct users_error error = {""};
	char *list = NULL;
	size_t list_size = 0;

	if (!find_list(body, size, &list, &list_size, answer))
		return false;
	return format_conclude(
	    users_read(list, list_size, &user_rule_form, limits, users, &error),
	    &error, answer);
}

static bool
is_type(const char *type, size_t length)
{
	return length == sizeof FORMAT_FORM_TYPE - 1 &&
	       !strncasecmp(type, FORMAT_FORM_TYPE, length);
}

static size_t
write_body(const struct answer *answer, const struct format_reply *reply,
    char to[FORMAT_BODY_SIZE])
{
	(void)reply;
	return (size_t)snprintf(to, FORMAT_BODY_SIZE, "%s\n", answer->text);
}

const struct format format_form = {
    .is_type = is_type,
    .answer_type = "text/plain; charset=utf-8",
    .replies =
	{
	    [OUTCOME_STORED] = {200, "OK", ""},
	    [OUTCOME_SET_ASIDE] = {200, "OK", ""},
	    [OUTCOME_HEALTHY] = {200, "OK", ""},
	    [OUTCOME_NOT_POST] = {405, "Method Not Allowed", "Allow: POST\r\n"},
	    [OUTCOME_NO_SECRET] = {401, "Unauthorized",
		"WWW-Authenticate: Basic realm=\"mixspool\", "
		"charset=\"UTF-8\"\r\n"},
	    [OUTCOME_NO_CAMPAIGN] = {404, "Not Found", ""},
	    [OUTCOME_WRONG_TYPE] = {415, "Unsupported Media Type", ""},
	    [OUTCOME_NO_LENGTH] = {411, "Length Required", ""},
	    [OUTCOME_TOO_LARGE] = {413, "Content Too Large", ""},
	    [OUTCOME_BROKEN_BODY] = {400, "Bad Request", ""},
	    [OUTCOME_BAD_BODY] = {400, "Bad Request", ""},
	    [OUTCOME_TRY_LATER] = {503, "Service Unavailable",
		"Retry-After: 60\r\n"},
	},
    .take_users = take_users,
    .write_body = write_body,
};
