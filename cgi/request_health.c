#include <errno.h>
#include <string.h>

#include "cgi/request_inside.h"

bool
request_has_parameter(const struct request *request, const char *name)
{
	const char *query = request_param(request, "QUERY_STRING");
	const size_t length = strlen(name);

	for (; query; query = strchr(query, '&')) {
		query += *query == '&';
		if (!strncmp(query, name, length) &&
		    strchr("=&", query[length]))
			return true;
	}
	return false;
}

bool
request_asks_health(const struct request *request)
{
	return request_is_look(request) &&
	       request_has_parameter(request, "health");
}

/* Why a POST that comes now would not be stored; NULL: it would. */
static const char *
find_fault(struct request *request, const struct health_finding *finding)
{
	const struct commit_request post = {
	    .campaign = request->campaign, .stat = finding->stat};

	if (finding->error)
		return health_strerror(finding->error);
	return commit_hangs(request->endpoint->commit, &post)
		   ? commit_strerror(ETIMEDOUT)
		   : NULL;
}

static bool
is_healthy(struct request *request, const struct health_finding *finding)
{
	const char *fault;

	if (finding->campaign_error)
		return request_refuse_campaign(
		    request, finding->campaign_error);
	request->stat = finding->stat;
	if (finding->has_stat && !request_has_room(request))
		return false;
	fault = find_fault(request, finding);
	return !fault || request_refuse(request, OUTCOME_TRY_LATER,
			     "a POST cannot be stored: %s", fault);
}

static void
request_found_healthy(
    struct health_question *question, const struct health_finding *finding)
{
	struct request *request = question->context;

	if (is_healthy(request, finding))
		request_refuse(request, OUTCOME_HEALTHY,
		    "a POST to campaign %s can be stored", request->campaign);
	request_end(request);
}

void
request_answer_health(struct request *request)
{
	request->answer.is_health = true;
	if (!request_find_spool(request) || !request_name_campaign(request)) {
		request_end(request);
		return;
	}
	request->health = (struct health_question){
	    .site = request->site,
	    .campaign = request->campaign,
	    .found = request_found_healthy,
	    .context = request,
	};
	request_skip_body(request);
	gateway_detach(request->gateway);
	health_ask(request->endpoint->health, &request->health);
}
