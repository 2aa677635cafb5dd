#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cgi/body.h"
#include "cgi/path.h"
#include "cgi/request_inside.h"
#include "cgi/sandbox.h"
#include "cgi/web_server.h"

bool
request_has_method(const struct request *request, const char *name)
{
	const char *method = request_param(request, "REQUEST_METHOD");

	return method && !strcmp(method, name);
}

bool
request_is_look(const struct request *request)
{
	return request_has_method(request, "GET") ||
	       request_has_method(request, "HEAD");
}

static bool
is_post(struct request *request)
{
	return request_has_method(request, "POST") ||
	       request_refuse(request, OUTCOME_NOT_POST,
		   "mixspool listens here for Mixpanel's webhooks: it takes "
		   "POST requests and has nothing to show. Give this URL to "
		   "Mixpanel.");
}

/* Without a secret anybody would see it. */
static bool
has_page(struct request *request)
{
	return secret_is_set(request->site->secret) ||
	       request_refuse(request, OUTCOME_NOT_POST,
		   "mixspool listens here for Mixpanel's webhooks: it takes "
		   "POST requests and has nothing to show. Give this URL to "
		   "Mixpanel. With a secret (MIXSPOOL_SECRET_FILE) it has a "
		   "status page for those who know it.");
}

static bool
find_site(struct request *request)
{
	char error[ENDPOINT_ERROR_SIZE];

	request->site = endpoint_take_site(
	    request->endpoint, request->gateway, &request->settings, error);
	return request->site ||
	       request_refuse(request, OUTCOME_TRY_LATER, "%s", error);
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
	    request_param(request, "HTTP_AUTHORIZATION"),
	    request_param(request, "QUERY_STRING"));

	if (verdict == SECRET_RIGHT)
		return true;
	if (verdict == SECRET_WRONG)
		return request_refuse(
		    request, OUTCOME_NO_SECRET, "%s", secret_explain(verdict));
	return request_refuse(request, OUTCOME_NO_SECRET, "%s (%s)",
	    secret_explain(verdict),
	    web_server_find(request_param(request, "SERVER_SOFTWARE"))
		->withholds);
}

bool
request_name_campaign(struct request *request)
{
	const char *path = request_param(request, "PATH_INFO");
	char shown[PATH_SHOWN_SIZE];

	path_show(path, shown);
	if (!path_read_campaign(path, request->campaign))
		return request_refuse(request, OUTCOME_NO_CAMPAIGN,
		    "the path %s names no campaign: a name is 1 to %d letters, "
		    "digits, _ and -, the first a letter or digit",
		    shown, CAMPAIGN_NAME_MAX);
	request->answer.campaign = request->campaign;
	return true;
}

bool
request_refuse_campaign(struct request *request, int error)
{
	const char *name = request->campaign;
	char shown[PATH_SHOWN_SIZE];

	path_show(request_param(request, "PATH_INFO"), shown);
	if (site_is_removed(request->site))
		return request_refuse(request, OUTCOME_TRY_LATER,
		    "the spool was removed since the start: restart mixspool");
	if (error == ENOENT || error == ENOTDIR)
		return request_refuse(request, OUTCOME_NO_CAMPAIGN,
		    "there is no campaign %s: the path is %s, and the spool "
		    "has no folder for it",
		    name, shown);
	return request_refuse(request, OUTCOME_TRY_LATER,
	    "cannot look at campaign %s: %s", name, strerror(error));
}

static bool
find_campaign(struct request *request)
{
	return request_name_campaign(request) &&
	       (campaign_stat(request->site->spool, request->campaign,
		    &request->stat) == 0 ||
		   request_refuse_campaign(request, errno));
}

static bool
has_format(struct request *request)
{
	const char *encoding = request_param(request, "HTTP_CONTENT_ENCODING");

	if (!request->format)
		return request_refuse(request, OUTCOME_WRONG_TYPE,
		    "the Content-Type must be " FORMAT_FORM_TYPE
		    " or application/json");
	if (encoding && *encoding && strcasecmp(encoding, "identity") != 0)
		return request_refuse(request, OUTCOME_WRONG_TYPE,
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
		       request_refuse(request, OUTCOME_NO_LENGTH,
			   "the request has no Content-Length, and by CGI this "
			   "web server does not show where a body ends");
	case CONTENT_LENGTH_NOT_A_NUMBER:
		break;
	}
	return request_refuse(request, OUTCOME_BROKEN_BODY,
	    "the Content-Length is not a whole number");
}

/* Inodes: a commit makes up to two files, and by default 15 of the 16 threads
   commit at a time. */
#define MIN_FILES 32

bool
request_has_room(struct request *request)
{
	const uint64_t min = request->settings.min_free;

	if (request->stat.free_bytes < min)
		return request_refuse(request, OUTCOME_TRY_LATER,
		    "the spool's file system has less than %" PRIu64
		    " bytes free (MIXSPOOL_MIN_FREE)",
		    min);
	return request->stat.free_files >= MIN_FILES ||
	       request_refuse(request, OUTCOME_TRY_LATER,
		   "the spool's file system has less than %d inodes free",
		   MIN_FILES);
}

bool
request_find_spool(struct request *request)
{
	return find_site(request) && enter_sandbox(request);
}

/* Each step that returns false has refused the request. */
bool
request_check(struct request *request)
{
	return is_post(request) && request_find_spool(request) &&
	       is_allowed(request) && find_campaign(request) &&
	       has_format(request) && has_length(request) &&
	       request_has_room(request);
}

static bool
names_campaign(const struct request *request)
{
	const char *path = request_param(request, "PATH_INFO");

	return path && *path && strcmp(path, "/") != 0;
}

bool
request_check_look(struct request *request)
{
	return request_find_spool(request) && has_page(request) &&
	       is_allowed(request) &&
	       (!names_campaign(request) || find_campaign(request));
}
