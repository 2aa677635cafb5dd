#include "webhook.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign.h"
#include "commit.h"
#include "form.h"
#include "number.h"
#include "reply.h"
#include "sandbox.h"
#include "spool.h"
#include "users.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
#define FIELD "users"

struct delivery {
	struct commit_request commit; /* first: see committed */
	struct webhook *webhook;
	struct gateway_request *request;
	struct settings settings;
	int spool;
	struct secret secret;      /* of the request's own settings */
	const char *campaign_name; /* NULL until it is known to be a name */
	uint64_t length;           /* of the body, by its header */
	char *body;                /* owned */
	struct users users;
	char text[256]; /* of the answer, and of the log line when not 200 */
};

/* One step of the request. REPLY_SPOOLED: go on with the next. */
typedef enum reply_outcome step(struct delivery *delivery);

static enum reply_outcome __attribute__((format(printf, 3, 4)))
refuse(struct delivery *delivery, enum reply_outcome outcome,
    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(delivery->text, sizeof delivery->text, format, arguments);
	va_end(arguments);
	return outcome;
}

static enum reply_outcome
check_method(struct delivery *delivery)
{
	const char *method = gateway_param(delivery->request, "REQUEST_METHOD");

	if (method && !strcmp(method, "POST"))
		return REPLY_SPOOLED;
	return refuse(delivery, REPLY_NOT_POST,
	    "mixspool listens here for Mixpanel's webhooks: it takes POST "
	    "requests and has nothing to show. Give this URL to Mixpanel.");
}

static enum reply_outcome
open_spool(struct delivery *delivery)
{
	struct webhook *webhook = delivery->webhook;
	char error[SETTINGS_ERROR_SIZE];

	delivery->settings = webhook->settings;
	delivery->spool = webhook->spool;
	if (delivery->spool >= 0)
		return REPLY_SPOOLED;
	if (settings_read(&delivery->settings, &webhook->options,
		delivery->request, error) < 0)
		return refuse(delivery, REPLY_TRY_LATER, "%s", error);
	if (!delivery->settings.dir)
		return refuse(delivery, REPLY_TRY_LATER,
		    "MIXSPOOL_DIR is not set: it names the spool's folder");
	delivery->spool = spool_open(delivery->settings.dir);
	if (delivery->spool < 0)
		return refuse(delivery, REPLY_TRY_LATER,
		    "cannot open the spool that MIXSPOOL_DIR names: %s",
		    strerror(errno));
	return REPLY_SPOOLED;
}

/* A server with a spool of its own has done so at its start. */
static enum reply_outcome
load_secret(struct delivery *delivery)
{
	const char *file = delivery->settings.secret_file;
	char error[SECRET_ERROR_SIZE];

	if (file && delivery->spool != delivery->webhook->spool &&
	    secret_load(&delivery->secret, file, error) < 0)
		return refuse(delivery, REPLY_TRY_LATER, "%s", error);
	return REPLY_SPOOLED;
}

/* So has it done this. From here on what a client sends is parsed. */
static enum reply_outcome
give_up_rights(struct delivery *delivery)
{
	const struct sandbox sandbox = {.spool = delivery->spool};

	if (delivery->webhook->once && delivery->settings.sandbox)
		sandbox_enter(&sandbox, NULL);
	return REPLY_SPOOLED;
}

static enum reply_outcome
check_secret(struct delivery *delivery)
{
	const struct secret *secret =
	    delivery->spool == delivery->webhook->spool
		? &delivery->webhook->secret
		: &delivery->secret;

	switch (secret_check(secret,
	    gateway_param(delivery->request, "HTTP_AUTHORIZATION"),
	    gateway_param(delivery->request, "QUERY_STRING"))) {
	case SECRET_RIGHT:
		break;
	case SECRET_ABSENT:
		return refuse(delivery, REPLY_NO_SECRET,
		    "no Authorization header arrived, and no token (Apache "
		    "hands the header on with CGIPassAuth On)");
	case SECRET_QUERY_TOO_LONG:
		return refuse(delivery, REPLY_NO_SECRET,
		    "no Authorization header arrived, and the query is too "
		    "long to look for a token: over %d bytes",
		    SECRET_QUERY_MAX);
	case SECRET_WRONG:
		return refuse(delivery, REPLY_NO_SECRET, "wrong secret");
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
look_at_campaign(struct delivery *delivery)
{
	const char *path = gateway_param(delivery->request, "PATH_INFO");
	const char *name = CAMPAIGN_DEFAULT;
	int error;

	if (path && *path && strcmp(path, "/") != 0)
		name = *path == '/' ? path + 1 : path;
	if (!campaign_is_name(name))
		return refuse(delivery, REPLY_NO_CAMPAIGN,
		    "the URL's path names no campaign: a name is 1 to %d "
		    "letters, digits, _ and -, the first a letter or digit",
		    CAMPAIGN_NAME_MAX);
	delivery->campaign_name = name;
	if (campaign_look(delivery->spool, name, &delivery->commit.look) == 0) {
		/* A CGI process has no other start to clean up at. */
		if (delivery->webhook->spool < 0)
			spool_sweep(delivery->spool, name);
		return REPLY_SPOOLED;
	}
	error = errno;
	if (is_removed(delivery->spool))
		return refuse(delivery, REPLY_TRY_LATER,
		    "the spool was removed since the start: restart mixspool");
	if (error == ENOENT || error == ENOTDIR)
		return refuse(delivery, REPLY_NO_CAMPAIGN,
		    "there is no campaign %s: its folder is to be made in the "
		    "spool",
		    name);
	return refuse(delivery, REPLY_TRY_LATER,
	    "cannot look at campaign %s: %s", name, strerror(error));
}

static enum reply_outcome
check_type(struct delivery *delivery)
{
	const char *type = gateway_param(delivery->request, "CONTENT_TYPE");
	const char *encoding =
	    gateway_param(delivery->request, "HTTP_CONTENT_ENCODING");
	size_t length = type ? strcspn(type, "; \t") : 0;

	if (length != strlen(FORM_TYPE) ||
	    strncasecmp(type, FORM_TYPE, length) != 0)
		return refuse(delivery, REPLY_MEDIA_TYPE,
		    "the Content-Type must be " FORM_TYPE);
	if (encoding && *encoding && strcasecmp(encoding, "identity") != 0)
		return refuse(delivery, REPLY_MEDIA_TYPE,
		    "the body must come without a Content-Encoding");
	return REPLY_SPOOLED;
}

static enum reply_outcome
check_length(struct delivery *delivery)
{
	const char *text = gateway_param(delivery->request, "CONTENT_LENGTH");

	if (!text || !*text)
		return refuse(delivery, REPLY_BAD_REQUEST,
		    "the request has no Content-Length");
	if (text[strspn(text, "0123456789")])
		return refuse(delivery, REPLY_BAD_REQUEST,
		    "the Content-Length is not a whole number");
	if (delivery->length > delivery->settings.max_body)
		return refuse(delivery, REPLY_TOO_LARGE,
		    "the body is over %" PRIu64 " bytes (MIXSPOOL_MAX_BODY)",
		    delivery->settings.max_body);
	return REPLY_SPOOLED;
}

static enum reply_outcome
check_room(struct delivery *delivery)
{
	if (delivery->commit.look.free_bytes < delivery->settings.min_free)
		return refuse(delivery, REPLY_TRY_LATER,
		    "the spool's file system has less than %" PRIu64
		    " bytes free (MIXSPOOL_MIN_FREE)",
		    delivery->settings.min_free);
	return REPLY_SPOOLED;
}

static enum reply_outcome
read_body(struct delivery *delivery)
{
	const size_t length = (size_t)delivery->length;
	ssize_t got;
	int more = 0;

	delivery->body = malloc(length + 1);
	if (!delivery->body)
		return refuse(
		    delivery, REPLY_TRY_LATER, "no memory for the body");
	got = gateway_read(delivery->request, delivery->body, length);
	if (got == (ssize_t)length)
		more = gateway_has_more(delivery->request);
	if ((got < (ssize_t)length || more < 0) &&
	    gateway_is_overdue(delivery->request))
		return refuse(delivery, REPLY_TRY_LATER,
		    "the body took over %d seconds to come",
		    PATIENCE_MS / 1000);
	if (got < 0 || more < 0)
		return refuse(
		    delivery, REPLY_BAD_REQUEST, "the body was cut off");
	if ((size_t)got < length)
		return refuse(delivery, REPLY_BAD_REQUEST,
		    "the body has %zd bytes, its Content-Length says %zu", got,
		    length);
	if (more)
		return refuse(delivery, REPLY_BAD_REQUEST,
		    "the body is longer than its Content-Length, %zu bytes",
		    length);
	return REPLY_SPOOLED;
}

static enum reply_outcome
read_users(struct delivery *delivery)
{
	const struct users_limits limits = {
	    (size_t)delivery->settings.max_users, &delivery->webhook->large};
	struct users_error error;
	char *json = NULL;
	size_t size = 0;

	switch (form_field(
	    delivery->body, (size_t)delivery->length, FIELD, &json, &size)) {
	case FORM_OK:
		break;
	case FORM_BAD_ESCAPE:
		return refuse(delivery, REPLY_BAD_REQUEST,
		    "a %% without two hexadecimal digits at byte %zu of the "
		    "body",
		    size + 1);
	case FORM_MISSING:
		return refuse(delivery, REPLY_BAD_REQUEST,
		    "the form has no field " FIELD);
	case FORM_REPEATED:
		return refuse(delivery, REPLY_BAD_REQUEST,
		    "the form has the field " FIELD " more than once");
	}
	switch (users_read(json, size, &limits, &delivery->users, &error)) {
	case USERS_OK:
		return REPLY_SPOOLED;
	case USERS_INVALID:
		return refuse(delivery, REPLY_BAD_REQUEST, "%s", error.text);
	case USERS_TOO_MANY:
		return refuse(delivery, REPLY_TOO_LARGE,
		    "%s (MIXSPOOL_MAX_USERS)", error.text);
	case USERS_NO_MEMORY:
		break;
	}
	return refuse(delivery, REPLY_TRY_LATER, "no memory for the users");
}

static enum reply_outcome
receive(struct delivery *delivery)
{
	static step *const steps[] = {check_method, open_spool, load_secret,
	    give_up_rights, check_secret, look_at_campaign, check_type,
	    check_length, check_room, read_body, read_users};
	enum reply_outcome outcome = REPLY_SPOOLED;
	size_t i;

	for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		outcome = steps[i](delivery);
		if (outcome != REPLY_SPOOLED)
			break;
	}
	return outcome;
}

/* 0: it is not known. */
static uint64_t
announced_length(const struct gateway_request *request)
{
	const char *text = gateway_param(request, "CONTENT_LENGTH");
	uint64_t length;

	if (!text || !*text || text[strspn(text, "0123456789")])
		return 0;
	return number_parse(text, 0, UINT64_MAX, &length) < 0 ? UINT64_MAX
							      : length;
}

/* Sizes and the campaign only: what users are made of is never logged. */
static void
log_refusal(const struct delivery *delivery, enum reply_outcome outcome)
{
	const char *name = delivery->campaign_name;
	char line[512];

	snprintf(line, sizeof line,
	    "mixspool: %d, campaign %s, %" PRIu64 " bytes: %s\n",
	    reply_status(outcome), name ? name : "unknown", delivery->length,
	    delivery->text);
	gateway_log(delivery->request, line);
}

static void
release(struct delivery *delivery)
{
	free(delivery->body);
	secret_free(&delivery->secret);
	if (delivery->spool >= 0 && delivery->spool != delivery->webhook->spool)
		close(delivery->spool);
	free(delivery);
}

static void
answer(struct delivery *delivery, enum reply_outcome outcome)
{
	struct gateway_request *request = delivery->request;

	if (outcome != REPLY_SPOOLED)
		log_refusal(delivery, outcome);
	reply_send(request, outcome, delivery->text);
	release(delivery);
	gateway_end(request);
}

static enum reply_outcome
say_spooled(struct delivery *delivery)
{
	size_t count = delivery->users.count;

	return refuse(delivery, REPLY_SPOOLED, "spooled %zu user%s", count,
	    count == 1 ? "" : "s");
}

static void
committed(struct commit_request *commit, int error)
{
	struct delivery *delivery = (struct delivery *)commit;

	answer(delivery,
	    error ? refuse(delivery, REPLY_TRY_LATER,
			"cannot put the users on disk: %s", strerror(error))
		  : say_spooled(delivery));
}

/* While it waits, it needs of the body no more than the lines. */
static void
hand_in(struct delivery *delivery)
{
	struct users *users = &delivery->users;
	char *lines;

	memmove(delivery->body, users->lines, users->size);
	lines = realloc(delivery->body, users->size);
	if (lines)
		delivery->body = lines;
	delivery->commit.spool = delivery->spool;
	delivery->commit.campaign = delivery->campaign_name;
	delivery->commit.lines = (struct iovec){delivery->body, users->size};
	delivery->commit.beside = gateway_params_size(delivery->request);
	delivery->commit.done = committed;
	gateway_let_go(delivery->request);
	commit_hand_in(delivery->webhook->commit, &delivery->commit);
}

static void
answer_without_memory(struct gateway_request *request)
{
	gateway_log(request, "mixspool: 503, no memory for a request\n");
	reply_send(request, REPLY_TRY_LATER, "no memory for a request");
	gateway_end(request);
}

void
webhook_answer(void *context, struct gateway_request *request)
{
	struct delivery *delivery = malloc(sizeof *delivery);
	enum reply_outcome outcome;

	if (!delivery) {
		answer_without_memory(request);
		return;
	}
	*delivery = (struct delivery){
	    .webhook = context,
	    .request = request,
	    .spool = -1,
	    .length = announced_length(request),
	};
	outcome = receive(delivery);
	if (outcome != REPLY_SPOOLED)
		answer(delivery, outcome);
	else if (delivery->users.count == 0)
		answer(delivery, say_spooled(delivery));
	else
		hand_in(delivery);
}

int
webhook_open(struct webhook *webhook, const struct settings_options *options,
    const struct settings *settings)
{
	*webhook = (struct webhook){
	    .options = *options, .settings = *settings, .spool = -1};
	webhook->commit = commit_new();
	if (!webhook->commit)
		return -1;
	sem_init(&webhook->large, 0, 1);
	if (!settings->dir)
		return 0;
	webhook->spool = spool_open(settings->dir);
	if (webhook->spool < 0) {
		int error = errno;

		webhook_close(webhook);
		errno = error;
		return -1;
	}
	spool_sweep_all(webhook->spool);
	return 0;
}

int
webhook_load_secret(struct webhook *webhook, char error[SECRET_ERROR_SIZE])
{
	const char *file = webhook->settings.secret_file;

	return file ? secret_load(&webhook->secret, file, error) : 0;
}

void
webhook_close(struct webhook *webhook)
{
	secret_free(&webhook->secret);
	if (webhook->spool >= 0)
		close(webhook->spool);
	sem_destroy(&webhook->large);
	commit_free(webhook->commit);
}
