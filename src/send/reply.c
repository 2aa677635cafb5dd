#include "send/reply.h"

#include <jansson.h>
#include <string.h>

#include "base/printable.h"

static const char *
find_fault(json_t *reply, const char *action)
{
	const char *status =
	    json_string_value(json_object_get(reply, "status"));
	const char *echo = json_string_value(json_object_get(reply, "action"));

	if (!json_is_object(reply))
		return "which is not JSON";
	if (!status || strcmp(status, "success") != 0)
		return "without the status 'success'";
	if (!echo || strcmp(echo, action) != 0)
		return "without the action that was sent";
	return NULL;
}

void
reply_read(
    struct reply *reply, const char *text, size_t size, const char *action)
{
	json_t *read = json_loadb(text, size, 0, NULL);
	json_t *message =
	    json_object_get(json_object_get(read, "error"), "message");

	reply->fault = find_fault(read, action);
	reply->message[0] = '\0';
	if (json_is_string(message))
		printable_copy(reply->message, sizeof reply->message,
		    json_string_value(message), json_string_length(message));
	json_decref(read);
}
