#include "cgi/gateway.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"

#define LINGER_MS                                                              \
	2000 /* how long a server may go on sending after an answer            \
	      */

struct gateway_request {
	bool is_cgi;
	uint64_t got; /* bytes of the body; CGI */

	/* FastCGI. */
	FCGX_Request fcgi;
	int connection;
	struct read_timeout *reading; /* NULL: no longer read */
	bool by_leader;               /* see gateway_detach */
	gateway_ended *ended;
	void *context; /* of `ended` */
};

int
gateway_init(void)
{
	int error = FCGX_Init();

	if (error == 0)
		return 0;
	errno = error > 0 ? error : EIO;
	return -1;
}

void
gateway_linger(int connection)
{
	int64_t deadline = clock_ms() + LINGER_MS, left;
	struct pollfd peer = {.fd = connection, .events = POLLIN};
	char rest[4096];

	if (shutdown(connection, SHUT_WR) < 0)
		return;
	while ((left = deadline - clock_ms()) > 0 &&
	       poll(&peer, 1, (int)left) > 0 &&
	       recv(connection, rest, sizeof rest, MSG_DONTWAIT) > 0)
		;
}

/*
 * FCGX_Accept_r is given the connection instead of a listening socket: it can
 * neither be told to stop while it waits in accept nor be kept from waiting for
 * a silent connection. With no listening socket it returns when the connection
 * ends. It is a duplicate, since the library closes it after some errors, and
 * keepConnection keeps it from closing what it has just been given.
 */
static bool
read_params(struct gateway_request *request)
{
	FCGX_InitRequest(&request->fcgi, -1, 0);
	request->fcgi.ipcFd = fcntl(request->connection, F_DUPFD_CLOEXEC, 0);
	request->fcgi.keepConnection = 1;
	return request->fcgi.ipcFd >= 0 && FCGX_Accept_r(&request->fcgi) >= 0;
}

struct gateway_request *
gateway_begin(int connection, struct read_timeout *reading,
    gateway_ended *ended, void *context)
{
	struct gateway_request *request = calloc(1, sizeof *request);

	if (!request)
		return NULL;
	request->connection = connection;
	request->reading = reading;
	request->ended = ended;
	request->context = context;
	read_timeout_begin(reading, connection);
	if (read_params(request))
		return request;
	read_timeout_end(reading, connection);
	free(request);
	return NULL;
}

static void
end_reading(struct gateway_request *request)
{
	if (request->reading)
		read_timeout_end(request->reading, request->connection);
	request->reading = NULL;
}

void
gateway_detach(struct gateway_request *request)
{
	end_reading(request);
	request->by_leader = true;
}

/*
 * The thread that commits answers for all requests that wait for the disk, so
 * it must not wait for one that does not read. An answer is small: a socket
 * that can be written to takes it at once, and one that cannot is full of
 * answers that nobody read.
 */
static void
give_up_slow_reader(const struct gateway_request *request)
{
	struct pollfd peer = {.fd = request->connection, .events = POLLOUT};

	if (request->by_leader && poll(&peer, 1, 0) == 0)
		shutdown(request->connection, SHUT_RDWR);
}

static enum gateway_end
finish(FCGX_Request *fcgi)
{
	bool keep = fcgi->keepConnection;
	bool all_read = FCGX_HasSeenEOF(fcgi->in) && !FCGX_GetError(fcgi->in);

	/*
	 * How the connection ends is decided here, not in FCGX_Finish_r. What
	 * cannot be written it would close after reading for as long as
	 * something comes, if it were not detached.
	 */
	fcgi->keepConnection = 1;
	FCGX_Detach(fcgi);
	FCGX_Finish_r(fcgi);
	if (fcgi->ipcFd < 0)
		keep = false;
	else
		close(fcgi->ipcFd);
	if (!all_read)
		return GATEWAY_LINGER;
	return keep ? GATEWAY_KEEP : GATEWAY_CLOSE;
}

static void take_the_rest(struct gateway_request *request);

void
gateway_end(struct gateway_request *request)
{
	int connection = request->connection;
	gateway_ended *ended = request->ended;
	void *context = request->context;
	enum gateway_end end;

	if (request->is_cgi) {
		take_the_rest(request);
		free(request);
		return;
	}
	give_up_slow_reader(request);
	end = finish(&request->fcgi);
	end_reading(request);
	free(request);
	ended(context, connection, end);
}

const char *
gateway_param(const struct gateway_request *request, const char *name)
{
	if (request->is_cgi)
		return getenv(name);
	return FCGX_GetParam(name, request->fcgi.envp);
}

size_t
gateway_params_size(const struct gateway_request *request)
{
	size_t size = 0;
	char **param;

	if (request->is_cgi)
		return 0;
	for (param = request->fcgi.envp; *param; param++)
		size += strlen(*param) + 1;
	return size;
}

static ssize_t
read_cgi(struct gateway_request *request, char *buffer, size_t size)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	size_t have = 0;
	ssize_t got;

	while (have < size) {
		got = read(STDIN_FILENO, buffer + have, size - have);
		if (got < 0 && errno == EAGAIN)
			poll(&input, 1, -1);
		else if (got < 0 && errno != EINTR)
			return -1;
		if (got < 0)
			continue;
		if (got == 0)
			break;
		have += (size_t)got;
		request->got += (uint64_t)got;
	}
	return (ssize_t)have;
}

/*
 * Where descriptors 0 and 1 are one socket, as of Apache's mod_cgid, an exit
 * with a body unread resets it: see gateway_linger. Nobody has to end the body,
 * so its length does.
 */
static void
take_the_rest(struct gateway_request *request)
{
	const char *text = getenv("CONTENT_LENGTH");
	const int64_t deadline = clock_ms() + READ_TIMEOUT_MS;
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	uint64_t length;
	int64_t left;
	ssize_t got;
	char rest[16384];

	if (!text || number_parse(text, 0, UINT64_MAX, &length) < 0)
		return;
	while (request->got < length && (left = deadline - clock_ms()) > 0 &&
	       poll(&input, 1, (int)left) > 0 &&
	       (got = read(STDIN_FILENO, rest, sizeof rest)) > 0)
		request->got += (uint64_t)got;
}

struct gateway_request *
gateway_begin_cgi(void)
{
	struct gateway_request *request = calloc(1, sizeof *request);

	if (request)
		request->is_cgi = true;
	return request;
}

ssize_t
gateway_read(struct gateway_request *request, void *buffer, size_t size)
{
	size_t have = 0;
	int got, wanted, error;

	if (request->is_cgi)
		return read_cgi(request, buffer, size);
	while (have < size) {
		wanted = size - have > INT_MAX ? INT_MAX : (int)(size - have);
		got = FCGX_GetStr(
		    (char *)buffer + have, wanted, request->fcgi.in);
		have += (size_t)got;
		if (got < wanted)
			break;
	}
	error = FCGX_GetError(request->fcgi.in);
	if (error == 0)
		return (ssize_t)have;
	/* The library's own numbers, below 0, are of a stream against rules. */
	errno = error > 0 ? error : ECONNRESET;
	return -1;
}

int
gateway_has_more(struct gateway_request *request)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char byte;

	if (request->is_cgi && poll(&input, 1, 0) <= 0)
		return 0;
	return (int)gateway_read(request, &byte, 1);
}

bool
gateway_read_timed_out(const struct gateway_request *request)
{
	return request->reading && read_timeout_is_over(request->reading);
}

static void
write_fully(int fd, const char *text, size_t size)
{
	ssize_t written;

	while (size > 0) {
		written = write(fd, text, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return;
		text += written;
		size -= (size_t)written;
	}
}

void
gateway_write(struct gateway_request *request, const char *text, size_t size)
{
	if (!request->is_cgi)
		FCGX_PutStr(text, (int)size, request->fcgi.out);
	else
		write_fully(STDOUT_FILENO, text, size);
}

void
gateway_log(struct gateway_request *request, const char *line)
{
	if (request->is_cgi) {
		write_fully(STDERR_FILENO, line, strlen(line));
		return;
	}
	/* The library's buffer may be smaller than the line. */
	give_up_slow_reader(request);
	FCGX_PutStr(line, (int)strlen(line), request->fcgi.err);
}
