/*
 * repeats.h: does an endpoint's text repeat something of the users that it was
 * sent? Such a text is personal data, and is shown only when asked for.
 *
 * Words of three bytes or more are compared, without regard to the case of
 * ASCII, with the users' words as JSON means them: `J\u00f6rg` is Jörg. Numbers
 * below 10,000, the names that all users have and a few words of error messages
 * do not count.
 */
#ifndef REPEATS_H
#define REPEATS_H

#include <stdbool.h>
#include <stddef.h>

#include "send/body.h"

#define REPEATS_MAX 256 /* bytes of TEXT that are looked at */

/* TEXT is as the endpoint sent it; its last word may be cut. */
bool repeats_user(const char *text, size_t size, const struct body *body);

#endif
