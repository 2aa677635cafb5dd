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

struct cgi {
	struct gateway_request request;
	uint64_t got; /* bytes of the body */
};

static const char *
cgi_param(const void *state, const char *name)
{
	(void)state;
	return getenv(name);
}

/* The environment is the process's own. */
static size_t
cgi_params_size(const void *state)
{
	(void)state;
	return 0;
}

static ssize_t
cgi_read(void *state, void *buffer, size_t size)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	struct cgi *cgi = state;
	size_t have = 0;
	ssize_t got;

	while (have < size) {
		got = read(STDIN_FILENO, (char *)buffer + have, size - have);
		if (got < 0 && errno == EAGAIN)
			poll(&input, 1, -1);
		else if (got < 0 && errno != EINTR)
			return -1;
		if (got < 0)
			continue;
		if (got == 0)
			break;
		have += (size_t)got;
		cgi->got += (uint64_t)got;
	}
	return (ssize_t)have;
}

static int
cgi_has_more(void *state)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char byte;

	if (poll(&input, 1, 0) <= 0)
		return 0;
	return (int)cgi_read(state, &byte, 1);
}

/* The web server, which started this process, has a timeout of its own. */
static bool
cgi_read_timed_out(const void *state)
{
	(void)state;
	return false;
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

/*
 * Where descriptors 0 and 1 are one socket, as under Apache's mod_cgid, an exit
 * with unread bytes resets it, and the answer is lost. A body in CGI need not
 * have an end, so this stops at its length.
 */
static void
read_the_rest(struct cgi *cgi)
{
	const int64_t deadline = clock_ms() + READ_TIMEOUT_MS;
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	uint64_t length;
	int64_t left;
	ssize_t got;
	char rest[16384];

	(void)content_length_parse(getenv("CONTENT_LENGTH"), &length);
	while (cgi->got < length && (left = deadline - clock_ms()) > 0 &&
	       poll(&input, 1, (int)left) > 0 &&
	       (got = read(STDIN_FILENO, rest, sizeof rest)) > 0)
		cgi->got += (uint64_t)got;
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
	    .params_size = cgi_params_size,
	    .read = cgi_read,
	    .has_more = cgi_has_more,
	    .read_timed_out = cgi_read_timed_out,
	    .write = cgi_write,
	    .log = cgi_log,
	    .detach = cgi_detach,
	    .end = cgi_end,
	};
	struct cgi *cgi = calloc(1, sizeof *cgi);

	if (!cgi)
		return NULL;
	cgi->request = (struct gateway_request){&kind, cgi};
	return &cgi->request;
}
