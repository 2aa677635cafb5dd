/*
 * ask.h: asks a receiver at its socket, by FastCGI, whether it could store a
 * POST: GET ?health, as a web server passes it on.
 */
#ifndef ASK_H
#define ASK_H

#include "base/attributes.h"

#define ASK_WAIT_MS                                                            \
	7000 /* the receiver answers after 5 seconds, or is stuck              \
	      */

struct ask_answer {
	int status;     /* 200, 404, 503, …; 0: there was no answer */
	char text[400]; /* a line for people, printable: the answer, or why */
};

/* SOCKET is a path; CAMPAIGN the name of one. */
void ask_health(
    const char *socket, const char *campaign, struct ask_answer *answer);

#endif
