/* Before anything is posted: does the URL lead to a web server that Mixpanel
   would talk to? */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "doctor/visit_inside.h"

#define DAY 86400
#define SOON 14  /* days before the end of a certificate */
#define CLOCK 30 /* seconds */

static const struct exchange_request plain_get = {
    .method = "GET", .secret = EXCHANGE_NONE};

/* Without the secret, and whatever the certificate. */
void
visit_connection(struct visit *visit)
{
	struct exchange_answer answer;

	visit->peer.any_certificate = true;
	visit_ask(visit, &plain_get, &answer);
	visit->peer.any_certificate = visit->insecure;
	if (visit->level >= VISIT_SERVER)
		diagnosis_add(visit->diagnosis, GRADE_OK, "%s answers%s%s",
		    server_name(visit->server),
		    *answer.server ? ": Server: " : " without a Server header",
		    answer.server);
	else if (answer.code == CURLE_SSL_CONNECT_ERROR)
		visit_find(visit, GRADE_WRONG, FAULT_TLS, "%s", answer.failure);
	else
		visit_find(
		    visit, GRADE_WRONG, FAULT_CONNECT, "%s", answer.failure);
}

/* Numbers of OpenSSL's X509_V_ERR_...; other libraries have only words. */
static enum fault
fault_of_certificate(
    const struct exchange_answer *verified, const struct exchange_answer *seen)
{
	if (verified->verify == 10 ||
	    strcasestr(verified->failure, "expired") ||
	    (seen->expires != -1 && seen->expires < time(NULL)))
		return FAULT_EXPIRED;
	if (seen->is_self_signed)
		return FAULT_UNTRUSTED;
	if (strcasestr(verified->failure, "subject name") ||
	    strcasestr(verified->failure, "does not match"))
		return FAULT_NAME;
	/* The issuer of the only one that came is not known. */
	return seen->certificates == 1 ? FAULT_CHAIN : FAULT_UNTRUSTED;
}

static const char *
explain(enum fault fault)
{
	switch (fault) {
	case FAULT_EXPIRED:
		return "it has expired";
	case FAULT_NAME:
		return "it is for another host";
	case FAULT_CHAIN:
		return "an intermediate certificate is missing";
	default:
		return "nobody trusts its issuer";
	}
}

static void
judge_trusted(struct visit *visit, const struct exchange_answer *answer)
{
	const int64_t left =
	    ((int64_t)(answer->expires - time(NULL)) + DAY / 2) / DAY;

	visit->level = VISIT_TRUSTED;
	if (answer->expires != -1 && left < SOON)
		visit_find(visit, GRADE_WARNING, FAULT_EXPIRED,
		    "trusted, and expires in %" PRId64 " days", left);
	else if (answer->expires != -1)
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "trusted for %" PRId64 " days more; issuer:%s%s", left,
		    *answer->issuer == ' ' ? "" : " ", answer->issuer);
	else
		diagnosis_add(visit->diagnosis, GRADE_OK, "trusted");
}

/* The secret goes only to a server that proves its name. */
static void
judge_untrusted(struct visit *visit, const struct exchange_answer *verified)
{
	struct exchange_answer seen;
	enum fault fault;

	visit->peer.any_certificate = true;
	visit_ask(visit, &plain_get, &seen);
	fault = fault_of_certificate(verified, &seen);
	visit_find(visit, GRADE_WRONG, fault, "%s: %s", explain(fault),
	    verified->failure);
	if (!visit->has_secret || visit->insecure)
		visit->level = VISIT_TRUSTED;
	else
		diagnosis_advise(visit->diagnosis,
		    "the secret is not sent there: --insecure does so", NULL,
		    NULL);
}

void
visit_certificate(struct visit *visit)
{
	struct exchange_request request = plain_get;
	struct exchange_answer answer;

	if (!strncmp(visit->peer.clean_url, "http://", 7)) {
		visit->level = VISIT_TRUSTED;
		if (visit_is_here(visit->peer.clean_url))
			diagnosis_add(visit->diagnosis, GRADE_OK,
			    "http, within this machine");
		else
			visit_find(visit, GRADE_WARNING, FAULT_PLAIN,
			    "http: anybody on the way can read the users and "
			    "the secret");
		return;
	}
	request.verify = true;
	visit_ask(visit, &request, &answer);
	if (answer.status != 0)
		judge_trusted(visit, &answer);
	else if (answer.code == CURLE_PEER_FAILED_VERIFICATION)
		judge_untrusted(visit, &answer);
	else
		visit_find(visit, GRADE_WRONG, FAULT_TLS, "%s", answer.failure);
}

void
visit_clock(struct visit *visit)
{
	const int64_t ahead = visit->clock_ahead_s;
	const bool is_ahead = ahead > 0;

	if (!visit->has_clock)
		diagnosis_add(
		    visit->diagnosis, GRADE_SKIPPED, "there is no Date header");
	else if (ahead > CLOCK || ahead < -CLOCK)
		visit_find(visit, GRADE_WARNING, FAULT_CLOCK,
		    "the server's clock is %" PRId64
		    " seconds %s this machine's",
		    is_ahead ? ahead : -ahead,
		    is_ahead ? "ahead of" : "behind");
	else
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "within %d seconds of this machine's", CLOCK);
}

void
visit_redirect(struct visit *visit)
{
	const struct exchange_request request = {
	    .head = VISIT_FORM_HEAD, .tail = VISIT_FORM_TAIL};
	struct exchange_answer answer;

	visit_ask(visit, &request, &answer);
	if (answer.status < 300 || answer.status > 399) {
		diagnosis_add(visit->diagnosis, GRADE_OK, "none");
		return;
	}
	visit_blame(visit, GRADE_WRONG, "a POST is redirected", &answer);
	visit->level = VISIT_SERVER;
}
