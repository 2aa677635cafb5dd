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
	VERDICT_PAUSED,   /* Mixpanel sends no more until a person resumes it */
	VERDICT_UNUSABLE, /* any POST would fail: a certificate, a protocol */
};

/* The first rule counts that has the status; the last one has all. */
struct verdict_rule {
	long from, to; /* of HTTP */
	enum verdict verdict;
};

extern const struct verdict_rule verdict_rules_form[], verdict_rules_cohort[],
    verdict_rules_stream[];

enum verdict verdict_of(
    const struct verdict_rule *rules, const struct client_answer *answer);

/* By the rules of the form, for a status alone, also of a proxy; 0 is
   VERDICT_TRY_AGAIN. */
enum verdict verdict_of_status(long status);

#endif
