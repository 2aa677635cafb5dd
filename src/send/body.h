/*
 * body.h: users as the body of a POST, in the frame of a webhook (webhook.h).
 *
 * In a form users are encoded as browsers do: WHATWG URL,
 * "application/x-www-form-urlencoded serializing": letters, digits and *-._
 * stay, a space is '+', any other byte %XX.
 */
#ifndef BODY_H
#define BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* What stands in front of, between and behind the users. */
struct body_frame {
	const char *start, *separator, *end;
	bool is_form; /* the users are encoded */
};

struct body {
	const struct body_frame *frame;
	char *bytes; /* owned */
	size_t size, room;
	size_t head; /* bytes of body_put_head */
	size_t users;
};

/* Empties a body, which begins as {0}, and keeps the memory. */
void body_begin(struct body *body, const struct body_frame *frame);

/* What stands in front of all, before any user is added. Returns as body_add.
 */
int body_put_head(struct body *body, const char *head, size_t size) MUST_USE;

/* Appends a user, any SIZE bytes. 0, or -1 and ENOMEM, with BODY unchanged. */
int body_add(struct body *body, const char *user, size_t size) MUST_USE;

/* Completes the list; nothing can be added after. Returns as body_add. */
int body_end(struct body *body) MUST_USE;

void body_free(struct body *body);

#endif
