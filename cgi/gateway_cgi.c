/* CGI, RFC 3875: a process serves one request. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cgi/content_length.h"
#include "cgi/gateway_kind.h"
#include "cgi/lingering.h"
#include "cgi/web_server.h"

/* How long a body may pause, in ms, whose end does not show. */
#define PAUSE 200

struct cgi {
	struct gateway_request request;
	uint64_t got;     /* bytes of the body */
	int64_t deadline; /* of the body, by clock_ms */
	bool at_end;      /* standard input has ended */
	bool timed_out;
};

static const char *
cgi_param(const void *state, const char *name)
{
	(void)state;
	return getenv(name);
}

/* The environment is the process's own. */
static char *const *
cgi_params(const void *state)
{
	(void)state;
	return environ;
}

static size_t
cgi_params_size(const void *state)
{
	(void)state;
	return 0;
}

static bool
cgi_ends_body(const void *state)
{
	(void)state;
	return web_server_find(getenv("SERVER_SOFTWARE"))->ends_body;
}

/* Waits TIMEOUT ms for standard input. What is not a pipe or socket is always
   ready. */
static bool
is_ready(int64_t timeout)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	int ready;

	do
		ready = poll(&input, 1, timeout > 0 ? (int)timeout : 0);
	while (ready < 0 && errno == EINTR);
	return ready != 0;
}

/* As read, once there is something to read. -1 also when the time is over. */
static ssize_t
read_some(struct cgi *cgi, void *buffer, size_t size)
{
	ssize_t got;

	do {
		if (!is_ready(cgi->deadline - clock_ms())) {
			cgi->timed_out = true;
			errno = ETIMEDOUT;
			return -1;
		}
		got = read(STDIN_FILENO, buffer, size);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	cgi->at_end = got == 0;
	if (got > 0)
		cgi->got += (uint64_t)got;
	return got;
}

static ssize_t
cgi_read(void *state, void *buffer, size_t size)
{
	struct cgi *cgi = state;
	size_t have = 0;
	ssize_t got;

	while (have < size && !cgi->at_end) {
		got = read_some(cgi, (char *)buffer + have, size - have);
		if (got < 0)
			return -1;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static int
cgi_has_more(void *state)
{
	char byte;

	return is_ready(0) ? (int)cgi_read(state, &byte, 1) : 0;
}

static bool
cgi_read_timed_out(const void *state)
{
	const struct cgi *cgi = state;

	return cgi->timed_out;
}

/* What cannot be written is lost: gateway.h. */
static void
cgi_write(void *state, const char *text, size_t size)
{
	(void)state;
	(void)!fd_write_all(STDOUT_FILENO, text, size);
}

static void
cgi_log(void *state, const char *line)
{
	(void)state;
	(void)!fd_write_all(STDERR_FILENO, line, strlen(line));
}

static void
cgi_detach(void *state)
{
	(void)state;
}

/* For how many ms more the rest of the body is waited for; 0: no longer. */
static int64_t
patience(const struct cgi *cgi, int64_t deadline)
{
	const int64_t left = deadline - clock_ms();
	uint64_t length;

	if (cgi->at_end || left <= 0)
		return 0;
	if (content_length_parse(getenv("CONTENT_LENGTH"), &length) ==
	    CONTENT_LENGTH_KNOWN)
		return cgi->got < length ? left : 0;
	return left < PAUSE || cgi_ends_body(cgi) ? left : PAUSE;
}

/*
 * Where descriptors 0 and 1 are one socket, as under Apache's mod_cgid, an exit
 * with unread bytes resets it, and the answer is lost. A standard input that
 * need not end is read for as long as bytes come without a pause.
 */
static void
read_the_rest(struct cgi *cgi)
{
	const int64_t at_least = clock_ms() + LINGERING_MS;
	const int64_t deadline =
	    cgi->deadline > at_least ? cgi->deadline : at_least;
	int64_t left;
	ssize_t got = 1;
	char rest[16384];

	while (
	    got > 0 && (left = patience(cgi, deadline)) > 0 && is_ready(left)) {
		got = read(STDIN_FILENO, rest, sizeof rest);
		if (got > 0)
			cgi->got += (uint64_t)got;
	}
}

static void
cgi_end(void *state)
{
	struct cgi *cgi = state;

	read_the_rest(cgi);
	free(cgi);
}

struct gateway_request *
gateway_begin_cgi(void)
{
	static const struct gateway_kind kind = {
	    .param = cgi_param,
	    .params = cgi_params,
	    .params_size = cgi_params_size,
	    .ends_body = cgi_ends_body,
	    .read = cgi_read,
	    .has_more = cgi_has_more,
	    .read_timed_out = cgi_read_timed_out,
	    .write = cgi_write,
	    .write_large = cgi_write,
	    .log = cgi_log,
	    .detach = cgi_detach,
	    .end = cgi_end,
	};
	struct cgi *cgi = calloc(1, sizeof *cgi);

	if (!cgi)
		return NULL;
	cgi->request = (struct gateway_request){&kind, cgi};
	cgi->deadline = clock_ms() + READ_TIMEOUT_MS;
	return &cgi->request;
}
