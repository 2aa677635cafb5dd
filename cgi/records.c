#include "cgi/records.h"

#include <errno.h>
#include <fastcgi.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

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

#define ANSWER_MAX (STREAM_MAX + sizeof(FCGI_EndRequestRecord))

/* The end of an answer, and of the request. The size of its records. */
static size_t
put_answer(char records[ANSWER_MAX], int id, const char *text, size_t size)
{
	/* Of zeros: the request is complete, with the exit status 0. */
	static const FCGI_EndRequestBody body;
	char *end = put_stream(records, id, FCGI_STDOUT, text, size);

	end = put_header(end, id, FCGI_END_REQUEST, sizeof body);
	memcpy(end, &body, sizeof body);
	return (size_t)(end - records) + sizeof body;
}

void
records_answer(int connection, int id, const char *text, size_t size)
{
	char records[ANSWER_MAX];

	send_at_once(connection, records, put_answer(records, id, text, size));
}

/* A record takes 65535 bytes. */
#define PART_MAX ((size_t)32768)

static bool
is_writable(int connection, int64_t deadline)
{
	struct pollfd output = {.fd = connection, .events = POLLOUT};
	int64_t left;
	int ready;

	do {
		left = deadline - clock_ms();
		ready = left > 0 ? poll(&output, 1, (int)left) : 0;
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

static bool
send_by(int connection, const char *bytes, size_t size, int64_t deadline)
{
	ssize_t sent;

	while (size > 0) {
		sent =
		    send(connection, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0) {
			bytes += sent;
			size -= (size_t)sent;
		} else if (sent == 0 || (errno != EAGAIN && errno != EINTR) ||
			   !is_writable(connection, deadline)) {
			return false;
		}
	}
	return true;
}

static bool
send_large(
    int connection, int id, const char *text, size_t size, int64_t deadline)
{
	char header[sizeof(FCGI_Header)], records[ANSWER_MAX];
	size_t part;

	for (; size > RECORDS_TEXT_MAX; text += part, size -= part) {
		part = size <= PART_MAX ? RECORDS_TEXT_MAX : PART_MAX;
		put_header(header, id, FCGI_STDOUT, part);
		if (!send_by(connection, header, sizeof header, deadline) ||
		    !send_by(connection, text, part, deadline))
			return false;
	}
	return send_by(
	    connection, records, put_answer(records, id, text, size), deadline);
}

void
records_answer_large(
    int connection, int id, const char *text, size_t size, int wait_ms)
{
	if (!send_large(connection, id, text, size, clock_ms() + wait_ms))
		shutdown(connection, SHUT_RDWR);
}
