/*
 * request.h: one request from start to end; "The answers" of mixspool.fcgi(8)
 * is its table.
 *
 * A 200 is sent only after every user of the request is durable. With any other
 * answer none of them is in the spool.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "cgi/endpoint.h"
#include "cgi/gateway.h"

/*
 * Answers the request and ends it: before it returns, or when the users are on
 * disk, from another thread that is in here or in server_tick. BEGAN is when it
 * began to come, by clock_ms.
 */
void request_answer(
    struct endpoint *endpoint, struct gateway_request *gateway, int64_t began);

#endif
