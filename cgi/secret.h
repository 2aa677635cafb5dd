/*
 * secret.h: the secret that a request must carry.
 *
 * It is the text of a file, without the line end. A request carries it as the
 * password of HTTP Basic (RFC 7617), with any user, as a Bearer token (RFC
 * 6750), or as `token` in the query. Both sides are hashed, and the hashes are
 * compared in a time that does not depend on where they differ.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdatomic.h>

#include <stdbool.h>

#include "base/attributes.h"

#define SECRET_MAX 1024 /* bytes */
#define SECRET_ERROR_SIZE 200
#define SECRET_QUERY_MAX (4 * SECRET_MAX) /* bytes, escapes included */

struct secret_digest;

/* {0}: no secret is set, and anybody may post. */
struct secret {
	/* Owned. Replaced digests stay linked behind it until secret_free,
	   since another thread may still read one. */
	_Atomic(struct secret_digest *) current;
};

enum secret_verdict {
	SECRET_RIGHT, /* or none is set */
	SECRET_ABSENT,
	SECRET_QUERY_TOO_LONG, /* to look for a token, and there is no header */
	SECRET_WRONG,
};

/*
 * Reads the secret from FILE, which others than its owner and group must not be
 * able to read or write. 0, or -1 and a sentence in ERROR: then the secret from
 * before stays. One thread at a time may load.
 */
int secret_load(struct secret *secret, const char *file,
    char error[SECRET_ERROR_SIZE]) MUST_USE;

bool secret_is_set(const struct secret *secret);

/* AUTHORIZATION and QUERY are the request's, or NULL. */
enum secret_verdict secret_check(const struct secret *secret,
    const char *authorization, const char *query) MUST_USE;

/* Why a request is refused, for people. */
const char *secret_explain(enum secret_verdict verdict) MUST_USE;

void secret_free(struct secret *secret);

#endif
