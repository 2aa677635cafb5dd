/* FastCGI. No other file includes fcgiapp.h. */
#include <assert.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cgi/ahead.h"
#include "cgi/gateway_kind.h"
#include "cgi/records.h"

static_assert(GATEWAY_TEXT_MAX <= RECORDS_TEXT_MAX, "a record takes it");

struct fastcgi {
	struct gateway_request request;
	FCGX_Request fcgx;
	int connection;
	struct read_timeout *reading; /* NULL: no longer read */
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
	end_reading(state);
}

static void
fastcgi_write(void *state, const char *text, size_t size)
{
	const struct fastcgi *fastcgi = state;

	records_answer(
	    fastcgi->connection, fastcgi->fcgx.requestId, text, size);
}

static void
fastcgi_write_large(void *state, const char *text, size_t size)
{
	const struct fastcgi *fastcgi = state;

	records_answer_large(fastcgi->connection, fastcgi->fcgx.requestId, text,
	    size, GATEWAY_LARGE_MS);
}

static void
fastcgi_log(void *state, const char *line)
{
	const struct fastcgi *fastcgi = state;

	records_log(
	    fastcgi->connection, fastcgi->fcgx.requestId, line, strlen(line));
}

static enum gateway_end
end_of(const FCGX_Request *fcgx)
{
	if (!FCGX_HasSeenEOF(fcgx->in) || FCGX_GetError(fcgx->in))
		return GATEWAY_LINGER;
	return fcgx->keepConnection ? GATEWAY_KEEP : GATEWAY_CLOSE;
}

static void
fastcgi_end(void *state)
{
	struct fastcgi *fastcgi = state;
	const int connection = fastcgi->connection;
	gateway_ended *ended = fastcgi->ended;
	void *context = fastcgi->context;
	const enum gateway_end how = end_of(&fastcgi->fcgx);

	end_reading(fastcgi);
	/* Not FCGX_Finish_r, which would write an answer of its own. */
	FCGX_Free(&fastcgi->fcgx, false);
	free(fastcgi);
	ended(context, connection, how);
}

/*
 * FCGX_Accept_r gets the connection, and no listening socket. With one, nothing
 * could stop it in accept, or keep it from waiting for a silent connection;
 * without one it returns when the connection ends, which it then has closed. It
 * does not wait, since all params have come.
 */
static bool
read_params(struct fastcgi *fastcgi)
{
	FCGX_Request *fcgx = &fastcgi->fcgx;

	FCGX_InitRequest(fcgx, -1, 0);
	fcgx->ipcFd = fastcgi->connection;
	fcgx->keepConnection = 1;
	/* It is not to read on before it closes. */
	FCGX_Detach(fcgx);
	return FCGX_Accept_r(fcgx) >= 0;
}

static struct gateway_request *
refuse(int connection, struct read_timeout *reading, int error)
{
	read_timeout_end(reading, connection);
	if (error != EAGAIN)
		close(connection);
	errno = error;
	return NULL;
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
	    .write_large = fastcgi_write_large,
	    .log = fastcgi_log,
	    .detach = fastcgi_detach,
	    .end = fastcgi_end,
	};
	struct fastcgi *fastcgi;

	read_timeout_begin(reading, connection);
	if (ahead_wait(connection, reading) < 0)
		return refuse(connection, reading, errno);
	fastcgi = calloc(1, sizeof *fastcgi);
	if (!fastcgi)
		return refuse(connection, reading, ENOMEM);
	*fastcgi = (struct fastcgi){.request = {&kind, fastcgi},
	    .connection = connection,
	    .reading = reading,
	    .ended = ended,
	    .context = context};
	/* The library may close it, and the timeout is not to touch the next
	   connection of this number. */
	read_timeout_end(reading, connection);
	if (!read_params(fastcgi)) {
		free(fastcgi);
		errno = EPROTO;
		return NULL;
	}
	read_timeout_resume(reading, connection);
	return &fastcgi->request;
}
