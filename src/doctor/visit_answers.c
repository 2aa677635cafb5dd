/* What mixspool answers to small requests, and whether it is mixspool that
 * does. */
#include <stdio.h>
#include <string.h>

#include "doctor/visit_inside.h"

void
visit_form(struct visit *visit)
{
	const struct exchange_request request = {
	    .head = VISIT_FORM_HEAD, .tail = VISIT_FORM_TAIL};
	struct exchange_answer answer;

	visit_ask(visit, &request, &answer);
	if (!visit_is_stored(&answer)) {
		visit_blame(visit, GRADE_WRONG, "an empty form", &answer);
		return;
	}
	visit->level = VISIT_STORED;
	diagnosis_add(
	    visit->diagnosis, GRADE_OK, "an empty form: 200, %s", answer.text);
}

void
visit_page(struct visit *visit)
{
	static const char page[] =
	    "{\"action\": \"add_members\", \"parameters\": "
	    "{\"mixpanel_project_id\": \"0\", \"mixpanel_cohort_id\": \"0\", "
	    "\"mixpanel_cohort_name\": \"mixspool doctor\", "
	    "\"mixpanel_session_id\": \"doctor\", \"page_info\": "
	    "{\"total_pages\": 1, \"page_count\": 1}, \"members\": []}}";
	const struct exchange_request request = {
	    .type = VISIT_JSON, .head = page};
	struct exchange_answer answer;

	visit_ask(visit, &request, &answer);
	if (visit_is_stored(&answer) &&
	    strstr(answer.text, "\"action\": \"add_members\"") &&
	    strstr(answer.text, "\"status\": \"success\""))
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "an empty page of a cohort: 200, %s", answer.text);
	else
		visit_blame(
		    visit, GRADE_WRONG, "an empty page of a cohort", &answer);
}

/* Where the URL is the mount, `default` is a campaign that is there. */
static void
look_at_default(struct visit *visit, const char *suffix, const char *text)
{
	const struct exchange_request request = {.suffix = "/default",
	    .head = VISIT_FORM_HEAD,
	    .tail = VISIT_FORM_TAIL};
	struct exchange_answer answer;
	char quoted[64];

	snprintf(quoted, sizeof quoted, "\"%s\"", suffix);
	if (!strstr(text, quoted)) {
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "the URL is a campaign's, and one behind it is mixspool's "
		    "404");
		return;
	}
	visit_ask(visit, &request, &answer);
	if (visit_is_stored(&answer))
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "/default is there, and a made-up one is mixspool's 404");
	else
		visit_blame(
		    visit, GRADE_WRONG, "the campaign /default", &answer);
}

void
visit_campaigns(struct visit *visit)
{
	char suffix[40];
	const struct exchange_request request = {
	    .suffix = visit_made_up(suffix),
	    .head = VISIT_FORM_HEAD,
	    .tail = VISIT_FORM_TAIL};
	struct exchange_answer answer;

	visit_ask(visit, &request, &answer);
	visit->has_campaigns = answer.by_mixspool && answer.status == 404;
	if (visit->has_campaigns)
		look_at_default(visit, suffix, answer.text);
	else if (visit_is_stored(&answer))
		visit_find(visit, GRADE_WRONG, FAULT_NO_PATH,
		    "a made-up campaign is taken with 200: all users land in "
		    "one campaign");
	else if (!answer.by_mixspool && answer.status == 404)
		visit_find(visit, GRADE_WRONG, FAULT_CAMPAIGN_ROUTE,
		    "a campaign's URL is a 404 of %s",
		    server_name(visit->server));
	else
		visit_blame(
		    visit, GRADE_WRONG, "the URL of a campaign", &answer);
}

/* Nobody gave the secret: 401 if one is set, so that a browser asks. */
static bool
is_for_people(const struct exchange_answer *answer)
{
	return answer->by_mixspool &&
	       (answer->status == 405 ||
		   (answer->status == 401 && answer->has_challenge));
}

void
visit_get(struct visit *visit)
{
	const struct exchange_request request = {
	    .method = "GET", .secret = EXCHANGE_NONE};
	struct exchange_answer answer;

	visit_ask(visit, &request, &answer);
	if (answer.code == 0 && is_for_people(&answer))
		diagnosis_add(visit->diagnosis, GRADE_OK, "%ld, for people",
		    answer.status);
	else
		visit_blame(visit, GRADE_WARNING, "a browser gets", &answer);
}

void
visit_head(struct visit *visit)
{
	const struct exchange_request request = {
	    .method = "HEAD", .secret = EXCHANGE_NONE};
	struct exchange_answer answer;
	char words[VISIT_WORDS];

	visit_ask(visit, &request, &answer);
	if (answer.code == 0 && is_for_people(&answer))
		diagnosis_add(visit->diagnosis, GRADE_OK, "%ld, without a body",
		    answer.status);
	else
		visit_find(visit, GRADE_WARNING, FAULT_HEAD, "HEAD: %s",
		    visit_words(visit, &answer, words));
}

void
visit_health(struct visit *visit)
{
	const struct exchange_request request = {
	    .method = "GET", .query = "health", .secret = EXCHANGE_NONE};
	struct exchange_answer answer;

	visit_ask(visit, &request, &answer);
	if (answer.code == 0 && answer.by_mixspool && answer.status == 200)
		diagnosis_add(visit->diagnosis, GRADE_OK, "?health: 200, %s",
		    answer.text);
	else if (answer.by_mixspool &&
		 (answer.status == 405 || answer.status == 401))
		visit_find(visit, GRADE_WARNING, FAULT_NO_HEALTH,
		    "?health: %ld, the receiver does not know it",
		    answer.status);
	else
		visit_blame(visit, GRADE_WRONG, "?health", &answer);
}
