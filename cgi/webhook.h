/*
 * webhook.h: one webhook request from start to end; "The answers" of
 * mixspool.fcgi(8) is its table.
 *
 * A 200 is sent only after every user of the request is durable. With any
 * other answer none of them is in the spool.
 */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include <semaphore.h>
#include <stdbool.h>

#include "gateway.h"
#include "secret.h"
#include "settings.h"

struct webhook {
	struct settings_options options;
	struct settings settings;
	int spool;             /* -1: each request names settings and spool */
	bool once;             /* this process answers but one request */
	struct secret secret;  /* unless each request names its own */
	struct commit *commit; /* shared by all threads */
	sem_t large;           /* see users.h */
};

/*
 * With settings->dir, opens that spool and removes what dead writers left;
 * without, each request has to name one. 0, or -1 and errno.
 */
int webhook_open(struct webhook *webhook,
    const struct settings_options *options, const struct settings *settings)
    __attribute__((warn_unused_result));

/* With settings->secret_file: reads the secret, again. As secret_load. */
int webhook_load_secret(struct webhook *webhook, char error[SECRET_ERROR_SIZE])
    __attribute__((warn_unused_result));

void webhook_close(struct webhook *webhook);

/*
 * A gateway_handler whose context is the struct webhook. A request whose users
 * go to the disk may be answered later, by another thread.
 */
void webhook_answer(void *context, struct gateway_request *request);

#endif
