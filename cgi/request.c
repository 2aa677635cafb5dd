#include "cgi/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/endpoint.h"
#include "cgi/intake.h"
#include "spool/commit.h"

struct webhook {
	struct commit_request commit;
	struct intake intake;
};

/* Sizes and the campaign only: what users are made of is never logged. */
static void
log_refusal(const struct intake *intake, enum reply_outcome outcome)
{
	const char *name = intake->campaign_name;
	char line[512];

	snprintf(line, sizeof line,
	    "mixspool: %d, campaign %s, %" PRIu64 " bytes: %s\n",
	    reply_status(outcome), name ? name : "unknown", intake->length,
	    intake->text);
	gateway_log(intake->request, line);
}

static void
answer(struct webhook *webhook, enum reply_outcome outcome)
{
	struct intake *intake = &webhook->intake;
	struct gateway_request *request = intake->request;

	if (outcome != REPLY_SPOOLED)
		log_refusal(intake, outcome);
	reply_send(request, outcome, intake->text);
	intake_free(intake);
	free(webhook);
	gateway_end(request);
}

static enum reply_outcome
say_spooled(struct intake *intake)
{
	size_t count = intake->users.count;

	return intake_say(intake, REPLY_SPOOLED, "spooled %zu user%s", count,
	    count == 1 ? "" : "s");
}

static void
committed(struct commit_request *commit, int error)
{
	struct webhook *webhook = commit->context;
	struct intake *intake = &webhook->intake;

	answer(webhook, error ? intake_say(intake, REPLY_TRY_LATER,
				    "cannot put the users on disk: %s",
				    commit_strerror(error))
			      : say_spooled(intake));
}

/* While it waits, it needs of the body no more than the lines. */
static void
hand_in(struct webhook *webhook)
{
	struct intake *intake = &webhook->intake;
	struct users *users = &intake->users;
	char *lines;

	memmove(intake->body, users->lines, users->size);
	lines = realloc(intake->body, users->size);
	if (lines)
		intake->body = lines;
	webhook->commit = (struct commit_request){
	    .spool = intake->site->spool,
	    .campaign = intake->campaign_name,
	    .stat = intake->campaign,
	    .lines = {intake->body, users->size},
	    .beside = gateway_params_size(intake->request),
	    .done = committed,
	    .context = webhook,
	};
	gateway_detach(intake->request);
	commit_hand_in(intake->endpoint->commit, &webhook->commit);
}

static void
answer_without_memory(struct gateway_request *request)
{
	gateway_log(request, "mixspool: 503, no memory for a request\n");
	reply_send(request, REPLY_TRY_LATER, "no memory for a request");
	gateway_end(request);
}

void
webhook_answer(struct endpoint *endpoint, struct gateway_request *request)
{
	struct webhook *webhook = malloc(sizeof *webhook);
	struct intake *intake;
	enum reply_outcome outcome;

	if (!webhook) {
		answer_without_memory(request);
		return;
	}
	intake = &webhook->intake;
	intake_start(intake, endpoint, request);
	outcome = intake_take(intake);
	if (outcome != REPLY_SPOOLED)
		answer(webhook, outcome);
	else if (intake->users.count == 0)
		answer(webhook, say_spooled(intake));
	else
		hand_in(webhook);
}
