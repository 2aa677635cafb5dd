/* Which host the URL names, and whether it answers by IPv6. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "doctor/visit_inside.h"

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
bool
visit_is_here(const char *url)
{
	char host[256];

	take_host(url, host, sizeof host);
	return !strcmp(host, "localhost") || !strcmp(host, "[::1]") ||
	       (is_ipv4(host) && !strncmp(host, "127.", 4));
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
	struct exchange_request request = {
	    .method = "GET", .secret = EXCHANGE_NONE};
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
