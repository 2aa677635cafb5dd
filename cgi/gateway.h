/*
 * gateway.h: one request of a web server, be it CGI (RFC 3875) or FastCGI.
 *
 * The only part that knows libfcgi. A request lives from the call of its
 * handler until somebody ends it.
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "cgi/read_timeout.h"

struct gateway_request;

/* What becomes of a connection when its request has ended. */
enum gateway_end {
	GATEWAY_KEEP,   /* it may bring another request */
	GATEWAY_CLOSE,  /* it is done with */
	GATEWAY_LINGER, /* answered, but the server may be sending still */
};
typedef void gateway_ended(void *context, int connection, enum gateway_end end);

/* Once, before the first gateway_begin. 0, or -1 and errno. */
int gateway_init(void) MUST_USE;

/*
 * Reads the variables of one request from a connected, blocking FastCGI socket,
 * whose owner must not touch it from here until `ended` reports what becomes of
 * it. READING is the calling thread's. NULL: there is no request, `ended` is
 * not called, and the connection is to be closed.
 */
struct gateway_request *gateway_begin(int connection,
    struct read_timeout *reading, gateway_ended *ended, void *context) MUST_USE;

/* The one request of a CGI process: environment, descriptors 0, 1 and 2. NULL
   without memory. */
struct gateway_request *gateway_begin_cgi(void) MUST_USE;

/*
 * Before a request, all of which has been read, is left to another thread. That
 * thread answers others as well: a client that does not read its answer loses
 * it, rather than holding up the thread.
 */
void gateway_detach(struct gateway_request *request);

/*
 * Ends the request and frees it; what was written has been sent. Under CGI it
 * reads what is left of the body, for READ_TIMEOUT_MS at most, so that the
 * answer arrives.
 */
void gateway_end(struct gateway_request *request);

/* A variable of the request, "" included, or NULL. Lives as long as it. */
const char *gateway_param(
    const struct gateway_request *request, const char *name);

/* Bytes of all of them, 0 under CGI: what it holds while it waits. */
size_t gateway_params_size(const struct gateway_request *request);

/*
 * Reads SIZE bytes of the body, fewer only at its end. -1 and errno: ECONNRESET
 * where the other side broke the stream, else what failed on this one.
 */
ssize_t gateway_read(
    struct gateway_request *request, void *buffer, size_t size) MUST_USE;

/*
 * Is there more than was read? 0: no, 1: yes, -1: as gateway_read. CGI has no
 * end of its own: what is not there yet is not waited for.
 */
int gateway_has_more(struct gateway_request *request) MUST_USE;

/* Did the stream break because reading it had taken READ_TIMEOUT_MS
 * (read_timeout.h)?
 */
bool gateway_read_timed_out(const struct gateway_request *request);

/* Sends TEXT to the web server; what cannot be sent is lost. */
void gateway_write(
    struct gateway_request *request, const char *text, size_t size);

/* One line for the web server's error log, with a '\n' or without. */
void gateway_log(struct gateway_request *request, const char *line);

#endif
