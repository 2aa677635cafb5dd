/*
 * payload.h: a JSON body of Mixpanel's, turned into lines.
 *
 * Its shape decides what it is: an object with "action" and "parameters" is a
 * page of a cohort, one with a string "event_type" an alert, a list of objects
 * an event stream. Sources: Mixpanel's docs, "Cohort sync: webhooks", "Alerts"
 * and "Event streams".
 *
 * A member of a page becomes, in one line and without a copy of the member,
 *
 *     {"$distinct_id":ID,"$properties":MEMBER,"$cohort":{"action":ACTION,…}}
 *
 * where $cohort has all parameters but the members and the description, as they
 * were sent. A page of the action "members" without a user in it is a line
 * {"$cohort":{…}}; one of the other two is none. What is JSON in the list of
 * members, and not a member, is set aside, and keeps no page out. An alert, and
 * each element of a stream, is a line as it was sent.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stddef.h>

#include "base/attributes.h"
#include "users/page_about.h"
#include "users/users.h"

/* Bytes of what each line of a page repeats: more is USERS_TOO_LARGE. */
#define PAYLOAD_MAX_PARAMETERS ((size_t)16 * 1024)

struct payload {
	struct users users;
	const char *kind; /* "cohort", "alert", "stream"; NULL until known */
	struct page_about about;
	/* The action as it was sent, of the text, whatever it is; NULL until
	   it is known. */
	const char *action;
	size_t action_size;
};

/*
 * As users_read, of SIZE bytes of TEXT, which stay as long as the payload. A
 * byte order mark in front of it is skipped (RFC 8259, section 8.1). The action
 * is set in any case, once it was read.
 */
enum users_status payload_read(char *text, size_t size,
    const struct users_limits *limits, struct payload *payload,
    struct users_error *error) MUST_USE;

#endif
