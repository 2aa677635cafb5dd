#include "cgi/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cgi/body.h"
#include "cgi/content_length.h"
#include "cgi/format.h"
#include "cgi/path.h"
#include "cgi/sandbox.h"
#include "cgi/web_server.h"
#include "spool/campaign.h"
#include "spool/commit.h"

struct request {
	struct endpoint *endpoint;
	struct gateway_request *gateway;
	const struct format *format; /* NULL: its type is unknown */
	struct settings settings;
	struct site *site; /* held; NULL until it is found */
	char campaign[CAMPAIGN_NAME_MAX + 1];
	struct campaign_stat stat;      /* of the campaign */
	enum content_length has_length; /* the length is in `answer` */
	struct budget_share memory;     /* of the body */
	char *body;                     /* owned */
	struct users users;             /* in the body */
	struct commit_request commit;
	struct answer answer;
};

static const char *
param(const struct request *request, const char *name)
{
	return gateway_param(request->gateway, name);
}

static bool
has_method(const struct request *request, const char *name)
{
	const char *method = param(request, "REQUEST_METHOD");

	return method && !strcmp(method, name);
}

/* NULL: unknown, or there is no body to have one. */
static const struct format *
format_of(const struct request *request)
{
	return has_method(request, "GET") || has_method(request, "HEAD")
		   ? NULL
		   : format_find(param(request, "CONTENT_TYPE"));
}

#define refuse(request, ...) answer_refuse(&(request)->answer, __VA_ARGS__)

static bool
is_post(struct request *request)
{
	return has_method(request, "POST") ||
	       refuse(request, OUTCOME_NOT_POST,
		   "mixspool listens here for Mixpanel's webhooks: it takes "
		   "POST requests and has nothing to show. Give this URL to "
		   "Mixpanel.");
}

static bool
find_site(struct request *request)
{
	char error[ENDPOINT_ERROR_SIZE];

	request->site = endpoint_take_site(
	    request->endpoint, request->gateway, &request->settings, error);
	return request->site || refuse(request, OUTCOME_TRY_LATER, "%s", error);
}

/* A CGI process enters the sandbox here, before it parses more of the request
   than the type and length of its body. Other processes enter it at the start.
 */
static bool
enter_sandbox(struct request *request)
{
	const struct sandbox sandbox = {.spool = request->site->spool};

	if (request->endpoint->is_cgi && request->settings.sandbox)
		sandbox_enter(&sandbox, NULL);
	return true;
}

static bool
is_allowed(struct request *request)
{
	const enum secret_verdict verdict = secret_check(request->site->secret,
	    param(request, "HTTP_AUTHORIZATION"),
	    param(request, "QUERY_STRING"));

	if (verdict == SECRET_RIGHT)
		return true;
	if (verdict == SECRET_WRONG)
		return refuse(
		    request, OUTCOME_NO_SECRET, "%s", secret_explain(verdict));
	return refuse(request, OUTCOME_NO_SECRET, "%s (%s)",
	    secret_explain(verdict),
	    web_server_find(param(request, "SERVER_SOFTWARE"))->withholds);
}

static bool
find_campaign(struct request *request)
{
	const char *path = param(request, "PATH_INFO");
	char *name = request->campaign, shown[PATH_SHOWN_SIZE];
	int error;

	path_show(path, shown);
	if (!path_read_campaign(path, name))
		return refuse(request, OUTCOME_NO_CAMPAIGN,
		    "the path %s names no campaign: a name is 1 to %d letters, "
		    "digits, _ and -, the first a letter or digit",
		    shown, CAMPAIGN_NAME_MAX);
	request->answer.campaign = name;
	if (campaign_stat(request->site->spool, name, &request->stat) == 0)
		return true;
	error = errno;
	if (site_is_removed(request->site))
		return refuse(request, OUTCOME_TRY_LATER,
		    "the spool was removed since the start: restart mixspool");
	if (error == ENOENT || error == ENOTDIR)
		return refuse(request, OUTCOME_NO_CAMPAIGN,
		    "there is no campaign %s: the path is %s, and the spool "
		    "has no folder for it",
		    name, shown);
	return refuse(request, OUTCOME_TRY_LATER,
	    "cannot look at campaign %s: %s", name, strerror(error));
}

static bool
has_format(struct request *request)
{
	const char *encoding = param(request, "HTTP_CONTENT_ENCODING");

	if (!request->format)
		return refuse(request, OUTCOME_WRONG_TYPE,
		    "the Content-Type must be " FORMAT_FORM_TYPE
		    " or application/json");
	if (encoding && *encoding && strcasecmp(encoding, "identity") != 0)
		return refuse(request, OUTCOME_WRONG_TYPE,
		    "the body must come without a Content-Encoding");
	return true;
}

static bool
has_length(struct request *request)
{
	const uint64_t max = request->settings.max_body;

	switch (request->has_length) {
	case CONTENT_LENGTH_KNOWN:
		return request->answer.length <= max ||
		       body_refuse_large(max, &request->answer);
	case CONTENT_LENGTH_ABSENT:
		return gateway_ends_body(request->gateway) ||
		       refuse(request, OUTCOME_NO_LENGTH,
			   "the request has no Content-Length, and by CGI this "
			   "web server does not show where a body ends");
	case CONTENT_LENGTH_NOT_A_NUMBER:
		break;
	}
	return refuse(request, OUTCOME_BROKEN_BODY,
	    "the Content-Length is not a whole number");
}

/* Inodes: a commit makes up to two files, and by default 15 of the 16 threads
   commit at a time. */
#define MIN_FILES 32

static bool
has_room(struct request *request)
{
	const uint64_t min = request->settings.min_free;

	if (request->stat.free_bytes < min)
		return refuse(request, OUTCOME_TRY_LATER,
		    "the spool's file system has less than %" PRIu64
		    " bytes free (MIXSPOOL_MIN_FREE)",
		    min);
	return request->stat.free_files >= MIN_FILES ||
	       refuse(request, OUTCOME_TRY_LATER,
		   "the spool's file system has less than %d inodes free",
		   MIN_FILES);
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

/*
 * By HTTP/2 Apache's mod_proxy_fcgi loses every second answer that comes before
 * the end of a body. Those who are refused hold half of the threads so, at
 * most: others need no secret to send slowly.
 */
static void
wait_for_body(struct request *request)
{
	struct endpoint *endpoint = request->endpoint;
	const char *protocol = param(request, "SERVER_PROTOCOL");

	if (request->body || !protocol || strncmp(protocol, "HTTP/2", 6) != 0)
		return;
	if (atomic_fetch_add(&endpoint->skipping, 1) <
	    endpoint->settings.threads / 2)
		gateway_skip(request->gateway, request->settings.max_body);
	atomic_fetch_sub(&endpoint->skipping, 1);
}

/* Sends the answer, and frees the request. */
static void
request_end(struct request *request)
{
	struct gateway_request *gateway = request->gateway;

	wait_for_body(request);
	answer_send(&request->answer, request->format,
	    &request->endpoint->refusals, gateway);
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
	struct users_error why;
	int size;

	/* What take_users left there: why the first was set aside. */
	memcpy(why.text, answer->text, sizeof why.text);
	answer->outcome = aside > 0 ? OUTCOME_SET_ASIDE : OUTCOME_STORED;
	size = snprintf(answer->text, sizeof answer->text, "spooled %zu user%s",
	    count, count == 1 ? "" : "s");
	if (aside > 0)
		snprintf(answer->text + size,
		    sizeof answer->text - (size_t)size, ", set %zu aside: %s",
		    aside, why.text);
	request_end(request);
}

/* The users are durable, or ERROR says why none of them is in the spool. */
static void
request_committed(struct commit_request *commit, int error)
{
	struct request *request = commit->context;

	if (error) {
		refuse(request, OUTCOME_TRY_LATER,
		    "cannot put the users on disk: %s", commit_strerror(error));
		request_end(request);
	} else {
		request_end_stored(request);
	}
}

/* While the request waits, it keeps nothing of the body except the lines.
 */
static void
shrink_body(struct request *request)
{
	struct users *users = &request->users;
	char *lines;

	if (users->piece_count > 0 || users->size == 0)
		return;
	memmove(request->body, users->lines, users->size);
	lines = realloc(request->body, users->size);
	if (lines)
		request->body = lines;
	users->lines = request->body;
}

static void
hand_in(struct request *request)
{
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
	    .beside = gateway_params_size(request->gateway),
	    .done = request_committed,
	    .context = request,
	};
	gateway_detach(request->gateway);
	commit_hand_in(request->endpoint->commit, &request->commit);
}

/* Each step that returns false has refused the request. */
static bool
request_take(struct request *request)
{
	return is_post(request) && find_site(request) &&
	       enter_sandbox(request) && is_allowed(request) &&
	       find_campaign(request) && has_format(request) &&
	       has_length(request) && has_room(request) && read_body(request) &&
	       take_users(request);
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
request_answer(struct endpoint *endpoint, struct gateway_request *gateway)
{
	struct request *request = malloc(sizeof *request);

	if (!request) {
		refuse_without_memory(endpoint, gateway);
		return;
	}
	*request = (struct request){.endpoint = endpoint, .gateway = gateway};
	request->memory.budget = &endpoint->budget;
	request->format = format_of(request);
	request->has_length = content_length_parse(
	    param(request, "CONTENT_LENGTH"), &request->answer.length);
	if (!request_take(request))
		request_end(request);
	else if (request->users.size + request->users.aside.size == 0)
		request_end_stored(request);
	else
		hand_in(request);
}
