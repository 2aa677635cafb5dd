#include "cgi/records.h"

#include <fastcgi.h>
#include <string.h>
#include <sys/socket.h>

/* SIZE bytes follow. The header's end. */
static char *
put_header(char *at, int id, int type, size_t size)
{
	const FCGI_Header header = {
	    .version = FCGI_VERSION_1,
	    .type = (unsigned char)type,
	    .requestIdB1 = (unsigned char)(id >> 8),
	    .requestIdB0 = (unsigned char)id,
	    .contentLengthB1 = (unsigned char)(size >> 8),
	    .contentLengthB0 = (unsigned char)size,
	};

	memcpy(at, &header, sizeof header);
	return at + sizeof header;
}

/* A text as a whole stream. The end of its records. */
static char *
put_stream(char *at, int id, int type, const char *text, size_t size)
{
	at = put_header(at, id, type, size);
	memcpy(at, text, size);
	return put_header(at + size, id, type, 0);
}

static void
send_at_once(int connection, const char *records, size_t size)
{
	if (send(connection, records, size, MSG_DONTWAIT | MSG_NOSIGNAL) !=
	    (ssize_t)size)
		shutdown(connection, SHUT_RDWR);
}

#define STREAM_MAX (RECORDS_TEXT_MAX + 2 * sizeof(FCGI_Header))

void
records_log(int connection, int id, const char *line, size_t size)
{
	char records[STREAM_MAX], *end;

	end = put_stream(records, id, FCGI_STDERR, line, size);
	send_at_once(connection, records, (size_t)(end - records));
}

void
records_answer(int connection, int id, const char *text, size_t size)
{
	/* Of zeros: the request is complete, with the exit status 0. */
	static const FCGI_EndRequestBody body;
	char records[STREAM_MAX + sizeof(FCGI_EndRequestRecord)], *end;

	end = put_stream(records, id, FCGI_STDOUT, text, size);
	end = put_header(end, id, FCGI_END_REQUEST, sizeof body);
	memcpy(end, &body, sizeof body);
	send_at_once(
	    connection, records, (size_t)(end - records) + sizeof body);
}
