#include "cgi/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/body.h"
#include "cgi/request_inside.h"

/* NULL: unknown, or there is no body to have one. */
static const struct format *
format_of(const struct request *request)
{
	return request_is_look(request)
		   ? NULL
		   : format_find(request_param(request, "CONTENT_TYPE"));
}

static bool
read_body(struct request *request)
{
	if (request->has_length == CONTENT_LENGTH_KNOWN)
		return body_read(request->gateway, &request->memory,
		    &request->body, &request->answer);
	return body_read_to_end(request->gateway,
	    (size_t)request->settings.max_body, &request->memory,
	    &request->body, &request->answer);
}

static bool
take_users(struct request *request)
{
	const struct users_limits limits = {
	    (size_t)request->settings.max_users, &request->endpoint->large};

	if (!request->format->take_users(request->body,
		(size_t)request->answer.length, &limits, &request->users,
		&request->answer))
		return false;
	budget_add(&request->memory,
	    request->users.aside.room +
		request->users.piece_count * sizeof(struct iovec));
	return true;
}

void
request_skip_body(struct request *request)
{
	struct endpoint *endpoint = request->endpoint;

	if (atomic_fetch_add(&endpoint->skipping, 1) <
	    endpoint->settings.threads / 2)
		gateway_skip(request->gateway, request->settings.max_body);
	atomic_fetch_sub(&endpoint->skipping, 1);
}

/* By HTTP/2 Apache's mod_proxy_fcgi loses every second answer that comes before
   the end of a body. */
static void
wait_for_body(struct request *request)
{
	const char *protocol = request_param(request, "SERVER_PROTOCOL");

	if (!request->body && !request->answer.is_health && protocol &&
	    !strncmp(protocol, "HTTP/2", 6))
		request_skip_body(request);
}

void
request_end(struct request *request)
{
	struct gateway_request *gateway = request->gateway;

	if (!request->is_answered) {
		wait_for_body(request);
		answer_send(&request->answer, request->format,
		    &request->endpoint->refusals, gateway);
		if (!request->answer.is_health)
			request_note(request);
	}
	site_release(request->site);
	users_free(&request->users);
	free(request->body);
	budget_give(&request->memory);
	free(request);
	gateway_end(gateway);
}

static void
request_end_stored(struct request *request)
{
	const size_t count = request->users.count;
	const size_t aside = request->users.aside.count;
	struct answer *answer = &request->answer;
	int size;

	/* What take_users left there: why the first was set aside. */
	memcpy(answer->why_aside, answer->text, sizeof answer->why_aside);
	answer->outcome = aside > 0 ? OUTCOME_SET_ASIDE : OUTCOME_STORED;
	size = snprintf(answer->text, sizeof answer->text, "spooled %zu user%s",
	    count, count == 1 ? "" : "s");
	if (aside > 0)
		snprintf(answer->text + size,
		    sizeof answer->text - (size_t)size, ", set %zu aside: %s",
		    aside, answer->why_aside);
	request_end(request);
}

/* The users are durable, or ERROR says why none of them is in the spool. */
static void
request_committed(struct commit_request *commit, int error)
{
	struct request *request = commit->context;

	if (error) {
		request_refuse(request, OUTCOME_TRY_LATER,
		    "cannot put the users on disk: %s", commit_strerror(error));
		request_end(request);
	} else {
		request_end_stored(request);
	}
}

#define FRONT_MAX 4096 /* bytes that are kept in front of the lines */

/* While the request waits, it keeps little of the body except the lines. */
static void
shrink_body(struct request *request)
{
	struct users *users = &request->users;
	size_t front;
	char *smaller;

	if (users->piece_count > 0 || users->size == 0)
		return;
	front = (size_t)(users->lines - request->body);
	if (front > FRONT_MAX) {
		memmove(request->body, users->lines, users->size);
		front = 0;
	}
	smaller = realloc(request->body, front + users->size);
	if (smaller)
		request->body = smaller;
	users->lines = request->body + front;
}

static void
hand_in(struct request *request)
{
	/* A page of members without a member is a line. */
	const struct users *users = &request->users;

	shrink_body(request);
	request->commit = (struct commit_request){
	    .spool = request->site->spool,
	    .campaign = request->campaign,
	    .stat = request->stat,
	    .lines = {request->users.lines,
		request->users.piece_count > 0 ? 0 : request->users.size},
	    .pieces = request->users.pieces,
	    .piece_count = request->users.piece_count,
	    .aside = {request->users.aside.lines, request->users.aside.size},
	    .line_count = users->count > 0 ? users->count : users->size > 0,
	    .aside_count = request->users.aside.count,
	    .beside = gateway_params_size(request->gateway),
	    .done = request_committed,
	    .context = request,
	};
	gateway_detach(request->gateway);
	commit_hand_in(request->endpoint->commit, &request->commit);
}

static void
refuse_without_memory(
    struct endpoint *endpoint, struct gateway_request *gateway)
{
	struct answer answer = {.campaign = NULL};

	answer_refuse(&answer, OUTCOME_TRY_LATER, "no memory for a request");
	answer_send(&answer, NULL, &endpoint->refusals, gateway);
	gateway_end(gateway);
}

void
request_answer(
    struct endpoint *endpoint, struct gateway_request *gateway, int64_t began)
{
	struct request *request = malloc(sizeof *request);

	if (!request) {
		refuse_without_memory(endpoint, gateway);
		return;
	}
	*request = (struct request){
	    .endpoint = endpoint, .gateway = gateway, .began = began};
	request->memory.budget = &endpoint->budget;
	request->format = format_of(request);
	request->has_length = content_length_parse(
	    request_param(request, "CONTENT_LENGTH"), &request->answer.length);
	if (request_asks_health(request)) {
		request_answer_health(request);
	} else if (request_is_look(request)) {
		request->is_answered = request_show_page(request);
		request_end(request);
	} else if (!request_check(request) || !read_body(request) ||
		   !take_users(request)) {
		request_end(request);
	} else if (request->users.size + request->users.aside.size == 0) {
		request_end_stored(request);
	} else {
		hand_in(request);
	}
}
