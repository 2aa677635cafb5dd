/*
 * request.h: one webhook request from start to end; "The answers" of
 * mixspool.fcgi(8) is its table.
 *
 * A 200 is sent only after every user of the request is durable. With any
 * other answer none of them is in the spool.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "cgi/gateway.h"

struct endpoint;

/*
 * Answers REQUEST and ends it: at once, or when its users are on disk, then
 * maybe by another thread that is in here.
 */
void webhook_answer(struct endpoint *endpoint, struct gateway_request *request);

#endif
