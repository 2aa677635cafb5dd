/*
 * webhook.h: one webhook request from start to end; "The answers" of
 * mixspool.fcgi(8) is its table.
 *
 * A 200 is sent only after every user of the request is durable. With any
 * other answer none of them is in the spool.
 */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include "cgi/gateway.h"

/*
 * A gateway_handler whose context is the struct endpoint. A request whose users
 * go to the disk may be answered later, by another thread.
 */
void webhook_answer(void *endpoint, struct gateway_request *request);

#endif
