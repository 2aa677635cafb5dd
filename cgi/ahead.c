#include "cgi/ahead.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER 8     /* bytes of a record's header */
#define FIRST 4096   /* bytes that are looked at first; most requests fit */
#define QUESTIONS 16 /* before a request */

enum type {
	BEGIN_REQUEST = 1,
	PARAMS = 4,
	GET_VALUES = 9,
	GET_VALUES_RESULT = 10,
	UNKNOWN_TYPE = 11,
};

struct record {
	unsigned type, id, content, padding;
};

static struct record
record_at(const unsigned char *header)
{
	return (struct record){
	    .type = header[1],
	    .id = (unsigned)header[2] << 8 | header[3],
	    .content = (unsigned)header[4] << 8 | header[5],
	    .padding = header[6],
	};
}

static size_t
size_of(const struct record *record)
{
	return HEADER + record->content + record->padding;
}

/* libfcgi takes the padding of some records for a record. No web server pads
   these. */
static bool
is_doubtful(const struct record *record)
{
	return record->padding > 0 &&
	       (record->content == 0 || record->type == BEGIN_REQUEST ||
		   record->id == 0);
}

enum ahead
ahead_judge(const unsigned char *bytes, size_t size)
{
	unsigned request = 0;
	struct record record;
	size_t at;

	for (at = 0; size - at >= HEADER; at += size_of(&record)) {
		record = record_at(bytes + at);
		if (is_doubtful(&record))
			return AHEAD_BAD;
		if (request == 0 && record.type == BEGIN_REQUEST)
			request = record.id;
		else if (record.id != 0 && record.id == request &&
			 (record.type != PARAMS || record.content == 0))
			/* For a second beginning libfcgi would wait on. */
			return record.type == BEGIN_REQUEST ? AHEAD_BAD
							    : AHEAD_DONE;
		if (size - at < size_of(&record))
			break;
		if (at == 0 && record.id == 0)
			return AHEAD_QUESTION;
	}
	return AHEAD_MORE;
}

/*
 * Answers a management record, which may come before the peer sends a request
 * (section 4), and takes it from the socket: HAProxy's "option get-values"
 * waits for that. A few such answers fit into the socket, so that write(2) does
 * not wait.
 */
static bool
answer_question(int connection, unsigned char *bytes)
{
	static const char name[] = "FCGI_MPXS_CONNS";
	static const unsigned char result[] = {1, GET_VALUES_RESULT, 0, 0, 0,
	    18, 0, 0, 15, 1, 'F', 'C', 'G', 'I', '_', 'M', 'P', 'X', 'S', '_',
	    'C', 'O', 'N', 'N', 'S', '0'};
	static const unsigned char no_result[] = {
	    1, GET_VALUES_RESULT, 0, 0, 0, 0, 0, 0};
	const struct record record = record_at(bytes);
	const unsigned char unknown[16] = {
	    1, UNKNOWN_TYPE, 0, 0, 0, 8, 0, 0, (unsigned char)record.type};
	const void *answer = unknown;
	size_t size = sizeof unknown;

	if (record.type == GET_VALUES) {
		const bool known = memmem(
		    bytes + HEADER, record.content, name, sizeof name - 1);

		answer = known ? result : no_result;
		size = known ? sizeof result : sizeof no_result;
	}
	return recv(connection, bytes, size_of(&record), MSG_DONTWAIT) ==
		   (ssize_t)size_of(&record) &&
	       write(connection, answer, size) == (ssize_t)size;
}

/* Waits for bytes that have not come yet: an edge, since what is there stays.
   False: none will come. */
static bool
wait_for_more(int epoll, const struct read_timeout *reading)
{
	struct epoll_event event;
	int count;

	do
		count = epoll_pwait(epoll, &event, 1, 1000, NULL);
	while ((count == 0 || (count < 0 && errno == EINTR)) &&
	       !read_timeout_is_over(reading));
	return count > 0 &&
	       !(event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
}

static int
watch(int connection)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll >= 0 &&
	    epoll_ctl(epoll, EPOLL_CTL_ADD, connection, &event) < 0) {
		close(epoll);
		return -1;
	}
	return epoll;
}

/* Judges what is there, once all questions before it are answered. */
static enum ahead
judge_socket(int connection, unsigned char *bytes, size_t *questions)
{
	enum ahead ahead;
	ssize_t got;

	do {
		got =
		    recv(connection, bytes, AHEAD_MAX, MSG_PEEK | MSG_DONTWAIT);
		if (got <= 0)
			return AHEAD_MORE;
		ahead = ahead_judge(bytes, (size_t)got);
		if (ahead == AHEAD_MORE && got == (ssize_t)AHEAD_MAX)
			return AHEAD_BAD;
		if (ahead == AHEAD_QUESTION &&
		    (++*questions > QUESTIONS ||
			!answer_question(connection, bytes)))
			return AHEAD_BAD;
	} while (ahead == AHEAD_QUESTION);
	return ahead;
}

static bool
wait_slowly(int connection, const struct read_timeout *reading)
{
	unsigned char *bytes = malloc(AHEAD_MAX);
	int epoll = bytes ? watch(connection) : -1;
	enum ahead ahead = AHEAD_MORE;
	bool is_open = epoll >= 0;
	size_t questions = 0;

	/* The first event is for what was there. What came with the end of the
	   connection is looked at, too. */
	while (is_open && ahead == AHEAD_MORE) {
		is_open = wait_for_more(epoll, reading);
		ahead = judge_socket(connection, bytes, &questions);
	}
	if (epoll >= 0)
		close(epoll);
	free(bytes);
	return ahead == AHEAD_DONE;
}

int
ahead_wait(int connection, const struct read_timeout *reading)
{
	unsigned char bytes[FIRST];
	const ssize_t got =
	    recv(connection, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return -1;
	if ((got > 0 && ahead_judge(bytes, (size_t)got) == AHEAD_DONE) ||
	    wait_slowly(connection, reading))
		return 0;
	errno = EPROTO;
	return -1;
}
