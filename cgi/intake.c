#include "cgi/intake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgi/content.h"
#include "cgi/sandbox.h"
#include "spool/spool.h"

/* One step. REPLY_SPOOLED: go on with the next. */
typedef enum reply_outcome step(struct intake *intake);

void
intake_start(struct intake *intake, struct endpoint *endpoint,
    struct gateway_request *request)
{
	*intake = (struct intake){
	    .endpoint = endpoint,
	    .request = request,
	    .spool = -1,
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

/* FILE, or NULL, is not that of the process, which was loaded at its start. */
static bool
is_other_secret(const struct endpoint *endpoint, const char *file)
{
	const char *shared = endpoint->settings.secret_file;

	return file && (!shared || strcmp(file, shared) != 0);
}

/* What a web server's administrator takes for guarded must not be open. */
static enum reply_outcome
take_shared_settings(struct intake *intake)
{
	const char *file =
	    gateway_param(intake->request, "MIXSPOOL_SECRET_FILE");

	if (is_other_secret(intake->endpoint, file))
		return intake_say(intake, REPLY_TRY_LATER,
		    "the web server names a MIXSPOOL_SECRET_FILE, which does "
		    "not count here: set it where mixspool.fcgi is started");
	intake->settings = intake->endpoint->settings;
	intake->spool = intake->endpoint->spool;
	return REPLY_SPOOLED;
}

static enum reply_outcome
open_spool(struct intake *intake)
{
	struct endpoint *endpoint = intake->endpoint;
	char error[SETTINGS_ERROR_SIZE];

	if (endpoint->spool >= 0)
		return take_shared_settings(intake);
	if (settings_read(&intake->settings, &endpoint->options,
		intake->request, error) < 0)
		return intake_say(intake, REPLY_TRY_LATER, "%s", error);
	if (!intake->settings.dir)
		return intake_say(intake, REPLY_TRY_LATER,
		    "MIXSPOOL_DIR is not set: it names the spool's folder");
	intake->spool = spool_open(intake->settings.dir);
	if (intake->spool < 0)
		return intake_say(intake, REPLY_TRY_LATER,
		    "cannot open the spool that MIXSPOOL_DIR names: %s",
		    strerror(errno));
	return REPLY_SPOOLED;
}

static bool
has_secret_of_its_own(const struct intake *intake)
{
	return is_other_secret(intake->endpoint, intake->settings.secret_file);
}

static enum reply_outcome
load_secret(struct intake *intake)
{
	const char *file = intake->settings.secret_file;
	char error[SECRET_ERROR_SIZE];

	if (has_secret_of_its_own(intake) &&
	    secret_load(&intake->secret, file, error) < 0)
		return intake_say(intake, REPLY_TRY_LATER, "%s", error);
	return REPLY_SPOOLED;
}

/* So has it done this. From here on what a client sends is parsed. */
static enum reply_outcome
give_up_rights(struct intake *intake)
{
	const struct sandbox sandbox = {.spool = intake->spool};

	if (intake->endpoint->once && intake->settings.sandbox)
		sandbox_enter(&sandbox, NULL);
	return REPLY_SPOOLED;
}

static enum reply_outcome
check_secret(struct intake *intake)
{
	const struct secret *secret = has_secret_of_its_own(intake)
					  ? &intake->secret
					  : &intake->endpoint->secret;

	switch (secret_check(secret,
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
	if (campaign_stat(intake->spool, name, &intake->campaign) == 0) {
		/* Of a spool that a request names, this is the start. */
		if (intake->endpoint->spool < 0)
			spool_sweep(intake->spool, name);
		return REPLY_SPOOLED;
	}
	error = errno;
	if (is_removed(intake->spool))
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
	static step *const steps[] = {check_method, open_spool, load_secret,
	    give_up_rights, check_secret, look_at_campaign, content_check,
	    check_room, content_read};
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
	secret_free(&intake->secret);
	if (intake->spool >= 0 && intake->spool != intake->endpoint->spool)
		close(intake->spool);
}
