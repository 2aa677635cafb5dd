/* Before anything is posted: does the URL lead to a web server that Mixpanel
   would talk to? */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <netdb.h>
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

/* The host of a URL: "" when memory is short. */
static void
take_host(const char *url, char *host, size_t room)
{
	CURLU *parsed = curl_url();
	char *part = NULL;

	if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		(void)curl_url_get(parsed, CURLUPART_HOST, &part, 0);
	snprintf(host, room, "%s", part ? part : "");
	curl_free(part);
	curl_url_cleanup(parsed);
}

static bool
is_ipv4(const char *host)
{
	struct in_addr address;

	return inet_pton(AF_INET, host, &address) == 1;
}

/* Not by the first letters alone: 127.example.com is anywhere. */
static bool
is_here(const char *url)
{
	char host[256];

	take_host(url, host, sizeof host);
	return !strcmp(host, "localhost") || !strcmp(host, "[::1]") ||
	       (is_ipv4(host) && !strncmp(host, "127.", 4));
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
		if (is_here(visit->peer.clean_url))
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

/* Has the host an IPv6 address? Adds the finding if not. libcurl 7.88 takes one
   that has only others for one that refuses connections. */
static bool
has_ipv6(struct visit *visit, const char *host)
{
	const struct addrinfo wanted = {
	    .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	const int error =
	    *host == '[' ? 0 : getaddrinfo(host, NULL, &wanted, &found);

	if (error == 0) {
		if (found)
			freeaddrinfo(found);
		return true;
	}
	if (error == EAI_NONAME || error == EAI_NODATA ||
	    error == EAI_ADDRFAMILY)
		diagnosis_add(
		    visit->diagnosis, GRADE_OK, "the host has no such address");
	else
		diagnosis_add(visit->diagnosis, GRADE_SKIPPED,
		    "the host cannot be looked up: %s", gai_strerror(error));
	return false;
}

void
visit_ipv6(struct visit *visit)
{
	const bool any = visit->peer.any_certificate;
	struct exchange_request request = plain_get;
	struct exchange_answer answer;
	char host[256];

	take_host(visit->peer.clean_url, host, sizeof host);
	if (visit->peer.only_ipv4 || is_ipv4(host)) {
		diagnosis_add(visit->diagnosis, GRADE_SKIPPED, "%s",
		    visit->peer.only_ipv4
			? "-4 was given"
			: "the URL has an IPv4 address in place of a name");
		return;
	}
	if (!has_ipv6(visit, host))
		return;
	request.only_ipv6 = true;
	visit->peer.any_certificate = true;
	visit_ask(visit, &request, &answer);
	visit->peer.any_certificate = any;
	if (answer.status != 0)
		diagnosis_add(visit->diagnosis, GRADE_OK, "answers");
	else if (answer.code == CURLE_COULDNT_RESOLVE_HOST)
		diagnosis_add(
		    visit->diagnosis, GRADE_OK, "the host has no such address");
	else if (strcasestr(answer.failure, "unreachable") ||
		 strcasestr(answer.failure, "no route"))
		diagnosis_add(visit->diagnosis, GRADE_SKIPPED,
		    "this machine has no route: %s", answer.failure);
	else
		visit_find(visit, GRADE_WRONG, FAULT_IPV6,
		    "the host has an address where nobody answers: %s",
		    answer.failure);
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
