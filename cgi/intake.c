#include "cgi/intake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cgi/content.h"
#include "cgi/sandbox.h"

/* One step. REPLY_SPOOLED: go on with the next. */
typedef enum reply_outcome step(struct intake *intake);

void
intake_start(struct intake *intake, struct endpoint *endpoint,
    struct gateway_request *request)
{
	*intake = (struct intake){
	    .endpoint = endpoint,
	    .request = request,
	    .length = content_announced(request),
	};
}

enum reply_outcome
intake_say(
    struct intake *intake, enum reply_outcome outcome, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(intake->text, sizeof intake->text, format, arguments);
	va_end(arguments);
	return outcome;
}

static enum reply_outcome
check_method(struct intake *intake)
{
	const char *method = gateway_param(intake->request, "REQUEST_METHOD");

	if (method && !strcmp(method, "POST"))
		return REPLY_SPOOLED;
	return intake_say(intake, REPLY_NOT_POST,
	    "mixspool listens here for Mixpanel's webhooks: it takes POST "
	    "requests and has nothing to show. Give this URL to Mixpanel.");
}

/* Refused rather than ignored: who set it believes that the URL is protected.
 */
static enum reply_outcome
take_own_site(struct intake *intake)
{
	struct site *site = intake->endpoint->site;
	const char *file =
	    gateway_param(intake->request, "MIXSPOOL_SECRET_FILE");

	if (file && !site_has_secret_file(site, file))
		return intake_say(intake, REPLY_TRY_LATER,
		    "the web server names a MIXSPOOL_SECRET_FILE, which does "
		    "not count here: set it where mixspool.fcgi is started");
	intake->settings = intake->endpoint->settings;
	intake->site = site_hold(site);
	return REPLY_SPOOLED;
}

static enum reply_outcome
find_site(struct intake *intake)
{
	struct endpoint *endpoint = intake->endpoint;
	struct settings *settings = &intake->settings;

	if (endpoint->site)
		return take_own_site(intake);
	if (settings_read(settings, &endpoint->options, intake->request,
		intake->text) < 0)
		return REPLY_TRY_LATER;
	if (!settings->dir)
		return intake_say(intake, REPLY_TRY_LATER,
		    "MIXSPOOL_DIR is not set: it names the spool's folder");
	intake->site = sites_take(endpoint->sites, settings->dir,
	    settings->secret_file, intake->text);
	return intake->site ? REPLY_SPOOLED : REPLY_TRY_LATER;
}

/* So has it done this. From here on what a client sends is parsed. */
static enum reply_outcome
give_up_rights(struct intake *intake)
{
	const struct sandbox sandbox = {.spool = intake->site->spool};

	if (intake->endpoint->is_cgi && intake->settings.sandbox)
		sandbox_enter(&sandbox, NULL);
	return REPLY_SPOOLED;
}

static enum reply_outcome
check_secret(struct intake *intake)
{
	switch (secret_check(intake->site->secret,
	    gateway_param(intake->request, "HTTP_AUTHORIZATION"),
	    gateway_param(intake->request, "QUERY_STRING"))) {
	case SECRET_RIGHT:
		break;
	case SECRET_ABSENT:
		return intake_say(intake, REPLY_NO_SECRET,
		    "no Authorization header arrived, and no token (Apache "
		    "hands the header on with CGIPassAuth On)");
	case SECRET_QUERY_TOO_LONG:
		return intake_say(intake, REPLY_NO_SECRET,
		    "no Authorization header arrived, and the query is too "
		    "long to look for a token: over %d bytes",
		    SECRET_QUERY_MAX);
	case SECRET_WRONG:
		return intake_say(intake, REPLY_NO_SECRET, "wrong secret");
	}
	return REPLY_SPOOLED;
}

static bool
is_removed(int folder)
{
	struct stat status;

	return fstat(folder, &status) == 0 && status.st_nlink == 0;
}

static enum reply_outcome
look_at_campaign(struct intake *intake)
{
	const char *path = gateway_param(intake->request, "PATH_INFO");
	const char *name = CAMPAIGN_DEFAULT;
	int error;

	if (path && *path && strcmp(path, "/") != 0)
		name = *path == '/' ? path + 1 : path;
	if (!campaign_is_name(name))
		return intake_say(intake, REPLY_NO_CAMPAIGN,
		    "the URL's path names no campaign: a name is 1 to %d "
		    "letters, digits, _ and -, the first a letter or digit",
		    CAMPAIGN_NAME_MAX);
	intake->campaign_name = name;
	if (campaign_stat(intake->site->spool, name, &intake->campaign) == 0)
		return REPLY_SPOOLED;
	error = errno;
	if (is_removed(intake->site->spool))
		return intake_say(intake, REPLY_TRY_LATER,
		    "the spool was removed since the start: restart mixspool");
	if (error == ENOENT || error == ENOTDIR)
		return intake_say(intake, REPLY_NO_CAMPAIGN,
		    "there is no campaign %s: its folder is to be made in the "
		    "spool",
		    name);
	return intake_say(intake, REPLY_TRY_LATER,
	    "cannot look at campaign %s: %s", name, strerror(error));
}

static enum reply_outcome
check_room(struct intake *intake)
{
	if (intake->campaign.free_bytes < intake->settings.min_free)
		return intake_say(intake, REPLY_TRY_LATER,
		    "the spool's file system has less than %" PRIu64
		    " bytes free (MIXSPOOL_MIN_FREE)",
		    intake->settings.min_free);
	return REPLY_SPOOLED;
}

enum reply_outcome
intake_take(struct intake *intake)
{
	static step *const steps[] = {check_method, find_site, give_up_rights,
	    check_secret, look_at_campaign, content_check, check_room,
	    content_read};
	enum reply_outcome outcome = REPLY_SPOOLED;
	size_t i;

	for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		outcome = steps[i](intake);
		if (outcome != REPLY_SPOOLED)
			break;
	}
	return outcome;
}

void
intake_free(struct intake *intake)
{
	free(intake->body);
	site_release(intake->site);
}
