#include "cgi/answer.h"

#include <stdio.h>

static const struct {
	int status;
	const char *reason;
	const char *headers;
} replies[] = {
    [REPLY_SPOOLED] = {200, "OK", ""},
    [REPLY_BAD_REQUEST] = {400, "Bad Request", ""},
    [REPLY_NO_SECRET] = {401, "Unauthorized",
	"WWW-Authenticate: Basic realm=\"mixspool\", charset=\"UTF-8\"\r\n"},
    [REPLY_NO_CAMPAIGN] = {404, "Not Found", ""},
    [REPLY_NOT_POST] = {405, "Method Not Allowed", "Allow: POST\r\n"},
    [REPLY_TOO_LARGE] = {413, "Content Too Large", ""},
    [REPLY_MEDIA_TYPE] = {415, "Unsupported Media Type", ""},
    [REPLY_TRY_LATER] = {503, "Service Unavailable", "Retry-After: 60\r\n"},
};

int
reply_status(enum reply_outcome outcome)
{
	return replies[outcome].status;
}

void
reply_send(struct gateway_request *request, enum reply_outcome outcome,
    const char *text)
{
	char answer[1024];
	int size;

	size = snprintf(answer, sizeof answer,
	    "Status: %d %s\r\n"
	    "%s"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "\r\n"
	    "%s\n",
	    replies[outcome].status, replies[outcome].reason,
	    replies[outcome].headers, text);
	gateway_write(request, answer, (size_t)size);
}
