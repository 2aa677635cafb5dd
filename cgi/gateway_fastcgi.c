/* FastCGI. No other file includes fcgiapp.h. */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgi/ahead.h"
#include "cgi/gateway_kind.h"

struct fastcgi {
	struct gateway_request request;
	FCGX_Request fcgx;
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

static const char *
fastcgi_param(const void *state, const char *name)
{
	const struct fastcgi *fastcgi = state;

	return FCGX_GetParam(name, fastcgi->fcgx.envp);
}

static char *const *
fastcgi_params(const void *state)
{
	const struct fastcgi *fastcgi = state;

	return fastcgi->fcgx.envp;
}

static size_t
fastcgi_params_size(const void *state)
{
	const struct fastcgi *fastcgi = state;
	size_t size = 0;
	char **param;

	for (param = fastcgi->fcgx.envp; *param; param++)
		size += strlen(*param) + 1;
	return size;
}

static bool
fastcgi_ends_body(const void *state)
{
	(void)state;
	return true;
}

static ssize_t
fastcgi_read(void *state, void *buffer, size_t size)
{
	struct fastcgi *fastcgi = state;
	FCGX_Stream *in = fastcgi->fcgx.in;
	size_t have = 0;
	int got, wanted, error;

	while (have < size) {
		wanted = size - have > INT_MAX ? INT_MAX : (int)(size - have);
		got = FCGX_GetStr((char *)buffer + have, wanted, in);
		have += (size_t)got;
		if (got < wanted)
			break;
	}
	error = FCGX_GetError(in);
	if (error == 0)
		return (ssize_t)have;
	/* The library's own numbers, below 0: the stream breaks the rules. */
	errno = error > 0 ? error : ECONNRESET;
	return -1;
}

static void
fastcgi_skip(void *state, uint64_t max)
{
	struct fastcgi *fastcgi = state;
	char bytes[8192];
	int got;

	for (; max > 0; max -= (uint64_t)got) {
		const int wanted =
		    (int)(max < sizeof bytes ? max : sizeof bytes);

		got = FCGX_GetStr(bytes, wanted, fastcgi->fcgx.in);
		if (got < wanted)
			break;
	}
}

static int
fastcgi_has_more(void *state)
{
	char byte;

	return (int)fastcgi_read(state, &byte, 1);
}

static bool
fastcgi_read_timed_out(const void *state)
{
	const struct fastcgi *fastcgi = state;

	return fastcgi->reading && read_timeout_is_over(fastcgi->reading);
}

static void
end_reading(struct fastcgi *fastcgi)
{
	if (fastcgi->reading)
		read_timeout_end(fastcgi->reading, fastcgi->connection);
	fastcgi->reading = NULL;
}

static void
fastcgi_detach(void *state)
{
	struct fastcgi *fastcgi = state;

	end_reading(fastcgi);
	fastcgi->by_leader = true;
}

/*
 * The thread that commits answers for all requests that wait for the disk, so
 * it must not wait for one that does not read. An answer is small: a socket
 * that can be written to takes it at once, and one that cannot is full of
 * answers that nobody read.
 */
static void
give_up_slow_reader(const struct fastcgi *fastcgi)
{
	struct pollfd peer = {.fd = fastcgi->connection, .events = POLLOUT};

	if (fastcgi->by_leader && poll(&peer, 1, 0) == 0)
		shutdown(fastcgi->connection, SHUT_RDWR);
}

static void
fastcgi_write(void *state, const char *text, size_t size)
{
	struct fastcgi *fastcgi = state;

	FCGX_PutStr(text, (int)size, fastcgi->fcgx.out);
}

static void
fastcgi_log(void *state, const char *line)
{
	struct fastcgi *fastcgi = state;

	/* The library's buffer may be smaller than the line. */
	give_up_slow_reader(fastcgi);
	FCGX_PutStr(line, (int)strlen(line), fastcgi->fcgx.err);
}

static enum gateway_end
finish(FCGX_Request *fcgx)
{
	bool keep = fcgx->keepConnection;
	bool all_read = FCGX_HasSeenEOF(fcgx->in) && !FCGX_GetError(fcgx->in);

	/*
	 * The server decides how the connection ends, not FCGX_Finish_r. If an
	 * answer could not be written, the latter would read on for as long as
	 * bytes come; FCGX_Detach prevents that.
	 */
	fcgx->keepConnection = 1;
	FCGX_Detach(fcgx);
	FCGX_Finish_r(fcgx);
	if (fcgx->ipcFd < 0)
		keep = false;
	else
		close(fcgx->ipcFd);
	if (!all_read)
		return GATEWAY_LINGER;
	return keep ? GATEWAY_KEEP : GATEWAY_CLOSE;
}

static void
fastcgi_end(void *state)
{
	struct fastcgi *fastcgi = state;
	int connection = fastcgi->connection;
	gateway_ended *ended = fastcgi->ended;
	void *context = fastcgi->context;
	enum gateway_end how;

	give_up_slow_reader(fastcgi);
	how = finish(&fastcgi->fcgx);
	end_reading(fastcgi);
	free(fastcgi);
	ended(context, connection, how);
}

/*
 * FCGX_Accept_r gets the connection, and no listening socket. With one, nothing
 * could stop it in accept, or keep it from waiting for a silent connection;
 * without one it returns when the connection ends. It gets a duplicate, since
 * it closes its descriptor after some errors; keepConnection keeps it from
 * doing so at once.
 */
static bool
read_params(struct fastcgi *fastcgi)
{
	FCGX_Request *fcgx = &fastcgi->fcgx;

	FCGX_InitRequest(fcgx, -1, 0);
	fcgx->ipcFd = fcntl(fastcgi->connection, F_DUPFD_CLOEXEC, 0);
	fcgx->keepConnection = 1;
	return fcgx->ipcFd >= 0 && FCGX_Accept_r(fcgx) >= 0;
}

struct gateway_request *
gateway_begin(int connection, struct read_timeout *reading,
    gateway_ended *ended, void *context)
{
	static const struct gateway_kind kind = {
	    .param = fastcgi_param,
	    .params = fastcgi_params,
	    .params_size = fastcgi_params_size,
	    .ends_body = fastcgi_ends_body,
	    .read = fastcgi_read,
	    .skip = fastcgi_skip,
	    .has_more = fastcgi_has_more,
	    .read_timed_out = fastcgi_read_timed_out,
	    .write = fastcgi_write,
	    .log = fastcgi_log,
	    .detach = fastcgi_detach,
	    .end = fastcgi_end,
	};
	struct fastcgi *fastcgi = calloc(1, sizeof *fastcgi);
	int error = EPROTO;

	if (!fastcgi)
		return NULL;
	fastcgi->request = (struct gateway_request){&kind, fastcgi};
	fastcgi->connection = connection;
	fastcgi->reading = reading;
	fastcgi->ended = ended;
	fastcgi->context = context;
	read_timeout_begin(reading, connection);
	if (ahead_wait(connection, reading) < 0)
		error = errno;
	else if (read_params(fastcgi))
		return &fastcgi->request;
	end_reading(fastcgi);
	free(fastcgi);
	errno = error;
	return NULL;
}
