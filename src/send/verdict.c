#include "send/verdict.h"

#include <limits.h>

/* 408 Request Timeout, 425 Too Early, 429 Too Many Requests. A redirect loses
   the POST, however often it is followed. */
const struct verdict_rule verdict_rules_form[] = {
    {200, 200, VERDICT_DELIVERED},
    {408, 408, VERDICT_TRY_AGAIN},
    {425, 425, VERDICT_TRY_AGAIN},
    {429, 429, VERDICT_TRY_AGAIN},
    {300, 499, VERDICT_REFUSED},
    {0, LONG_MAX, VERDICT_TRY_AGAIN},
};

/* Mixpanel documents 200, those that pause, 429 and 5xx; 0 is no answer. */
const struct verdict_rule verdict_rules_cohort[] = {
    {200, 200, VERDICT_DELIVERED},
    {400, 401, VERDICT_PAUSED},
    {403, 404, VERDICT_PAUSED},
    {429, 429, VERDICT_TRY_AGAIN},
    {300, 499, VERDICT_REFUSED},
    {0, LONG_MAX, VERDICT_TRY_AGAIN},
};

const struct verdict_rule verdict_rules_stream[] = {
    {200, 299, VERDICT_DELIVERED},
    {401, 401, VERDICT_PAUSED},
    {403, 403, VERDICT_PAUSED},
    {300, 399, VERDICT_REFUSED},
    {0, LONG_MAX, VERDICT_TRY_AGAIN},
};

static enum verdict
verdict_by(const struct verdict_rule *rules, long status)
{
	while (status < rules->from || status > rules->to)
		rules++;
	return rules->verdict;
}

enum verdict
verdict_of_status(long status)
{
	return verdict_by(verdict_rules_form, status);
}

enum verdict
verdict_of(const struct verdict_rule *rules, const struct client_answer *answer)
{
	if (answer->status == 0 && answer->is_lasting)
		return VERDICT_UNUSABLE;
	return verdict_by(rules, answer->status);
}
