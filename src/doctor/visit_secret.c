/* Does the secret count, and does the header that carries it arrive? */
#include "doctor/visit_inside.h"

static void
ask_with(struct visit *visit, enum exchange_secret secret,
    struct exchange_answer *answer)
{
	const struct exchange_request request = {
	    .secret = secret, .head = VISIT_FORM_HEAD, .tail = VISIT_FORM_TAIL};

	visit_ask(visit, &request, answer);
}

static bool
is_refused(const struct exchange_answer *answer)
{
	return answer->by_mixspool && answer->status == 401;
}

/* The form's check has shown that the secret is right. */
static void
try_header(struct visit *visit, enum exchange_secret secret, const char *name)
{
	struct exchange_answer answer;

	ask_with(visit, secret, &answer);
	if (visit_is_stored(&answer))
		diagnosis_add(visit->diagnosis, GRADE_OK, "%s arrives", name);
	else
		visit_blame(visit, GRADE_WRONG, name, &answer);
}

void
visit_secret(struct visit *visit)
{
	struct exchange_answer answer;

	ask_with(visit, EXCHANGE_NONE, &answer);
	visit->wants_secret = is_refused(&answer);
	if (visit_is_stored(&answer)) {
		visit_find(visit,
		    visit->has_secret ? GRADE_WRONG : GRADE_WARNING,
		    FAULT_NO_SECRET, "a POST without a secret is taken%s",
		    visit->has_secret ? ", though one was given" : "");
		return;
	}
	if (!visit->wants_secret) {
		visit_blame(
		    visit, GRADE_WRONG, "a POST without the secret", &answer);
		return;
	}
	diagnosis_add(
	    visit->diagnosis, GRADE_OK, "without the secret: 401 of mixspool");
	ask_with(visit, EXCHANGE_BASIC_WRONG, &answer);
	if (is_refused(&answer))
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "with a wrong one: 401 of mixspool");
	else
		visit_blame(
		    visit, GRADE_WRONG, "a POST with a wrong secret", &answer);
	if (!visit->peer.password)
		return;
	try_header(visit, EXCHANGE_BASIC, "Authorization: Basic");
	try_header(visit, EXCHANGE_BEARER, "Authorization: Bearer");
}
