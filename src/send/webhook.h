/*
 * webhook.h: what Mixpanel's webhooks differ in: the frame of a POST's body,
 * and what an answer means.
 *
 * Sources: Mixpanel's reference page "Using webhooks with Mixpanel" for the
 * form; its docs' pages "Cohort sync: webhooks", "Alerts" and "Real-time event
 * streams" for the others, as of August 2026.
 */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "send/body.h"
#include "send/verdict.h"

struct webhook {
	const char *type; /* Content-Type; NULL: that of a form */
	struct body_frame frame;
	const struct verdict_rule *rules;
	uint64_t batch, max_batch; /* users in a POST: by default, at most */
	uint64_t within_s;         /* no retry later; 0: at any time */
	uint64_t heeds_s; /* the longest Retry-After of a 429 that is heeded */
};

extern const struct webhook webhook_form, webhook_cohort, webhook_alert,
    webhook_stream;

#endif
