/*
 * gateway.h: one request of a web server, by CGI (RFC 3875) or FastCGI.
 *
 * gateway_cgi.c and gateway_fastcgi.c are behind it. A request lives from
 * gateway_begin to gateway_end.
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "cgi/read_timeout.h"

struct gateway_request;

#define GATEWAY_TEXT_MAX 8192 /* bytes of an answer, and of a line */

/* What becomes of a connection when its request has ended. */
enum gateway_end {
	GATEWAY_KEEP,   /* it may bring another request */
	GATEWAY_CLOSE,  /* it has served its purpose */
	GATEWAY_LINGER, /* answered, while the server may still be sending */
};
typedef void gateway_ended(void *context, int connection, enum gateway_end end);

/* Call it once, before gateway_begin. 0, or -1 and errno. */
int gateway_init(void) MUST_USE;

/*
 * Reads the variables of one request from a connected, blocking FastCGI socket,
 * whose owner must not touch it from here until `ended` reports what becomes of
 * it. READING is the calling thread's. NULL: there is no request, and `ended`
 * is not called. EAGAIN: nothing has come yet, and nothing was touched. Any
 * other errno: the connection is closed.
 */
struct gateway_request *gateway_begin(int connection,
    struct read_timeout *reading, gateway_ended *ended, void *context) MUST_USE;

/* The one request of a CGI process: environment, descriptors 0, 1 and 2. NULL
   without memory. */
struct gateway_request *gateway_begin_cgi(void) MUST_USE;

/* Call it when the whole request was read and another thread may answer it. */
void gateway_detach(struct gateway_request *request);

/*
 * Ends the request and frees it; what was written is sent. Under CGI it reads
 * the rest of the body, for READ_TIMEOUT_MS at most, so that the answer
 * arrives.
 */
void gateway_end(struct gateway_request *request);

/* A variable of the request, "" included, or NULL. The request owns it. */
const char *gateway_param(
    const struct gateway_request *request, const char *name);

/* All variables as "NAME=value", with NULL at the end; the request's. */
char *const *gateway_params(const struct gateway_request *request);

/* Bytes that all variables take while the request waits; 0 under CGI. */
size_t gateway_params_size(const struct gateway_request *request);

/*
 * Does the end of the body show by itself, so that a body without a length can
 * be read to its end? By FastCGI always: an empty record is the end, and none
 * follows a body that was cut off.
 */
bool gateway_ends_body(const struct gateway_request *request);

/*
 * Reads SIZE bytes of the body, fewer only at its end. -1 and errno: ECONNRESET
 * if the other side broke the stream, else a failure on this side.
 */
ssize_t gateway_read(
    struct gateway_request *request, void *buffer, size_t size) MUST_USE;

/* Drops what still comes of the body, up to MAX bytes. CGI does so at its end.
 */
void gateway_skip(struct gateway_request *request, uint64_t max);

/*
 * Is there more than was read? 0: no, 1: yes, -1: as gateway_read. A body in
 * CGI need not end, so this does not wait for bytes that are not there yet.
 */
int gateway_has_more(struct gateway_request *request) MUST_USE;

/* Did the stream break because of the read timeout? */
bool gateway_read_timed_out(const struct gateway_request *request);

/*
 * Sends TEXT, the whole answer, to the web server. Once a request. A web server
 * that does not read its answers loses them, rather than holding up the thread,
 * which answers others as well.
 */
void gateway_write(
    struct gateway_request *request, const char *text, size_t size);

/*
 * The same for a text of any size. This thread waits for a web server that
 * reads slowly, by FastCGI up to GATEWAY_LARGE_MS.
 */
#define GATEWAY_LARGE_MS 2000
void gateway_write_large(
    struct gateway_request *request, const char *text, size_t size);

/* Writes a line to the web server's error log. */
void gateway_log(struct gateway_request *request, const char *line);

#endif
