/*
 * verdict.h: what an answer means for the users of its POST.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "send/client.h"

enum verdict {
	VERDICT_DELIVERED,
	VERDICT_TRY_AGAIN,
	VERDICT_REFUSED,  /* the same POST would get the same answer */
	VERDICT_UNUSABLE, /* any POST would fail: a certificate, a protocol */
};

enum verdict verdict_of(const struct client_answer *answer);

/* The same for a status alone, also of a proxy; 0 is VERDICT_TRY_AGAIN. */
enum verdict verdict_of_status(long status);

#endif
