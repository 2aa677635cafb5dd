/*
 * body.h: users as the body of Mixpanel's POST: a form with one field, "users",
 * whose value is a JSON list.
 *
 * Encoded as browsers do: WHATWG URL, "application/x-www-form-urlencoded
 * serializing": letters, digits and *-._ stay, a space is '+', any other byte
 * %XX.
 */
#ifndef BODY_H
#define BODY_H

#include <stddef.h>

#include "base/attributes.h"

struct body {
	char *bytes; /* owned */
	size_t size, room;
	size_t users;
};

/* Empties a body, which begins as {0}, and keeps the memory. */
void body_clear(struct body *body);

/* Appends a user, any SIZE bytes. 0, or -1 and ENOMEM, with BODY unchanged. */
int body_add(struct body *body, const char *user, size_t size) MUST_USE;

/* Completes the list; nothing can be added after. Returns as body_add. */
int body_end(struct body *body) MUST_USE;

void body_free(struct body *body);

#endif
