#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/exchange_inside.h"

#define CONNECT_SECONDS 10L

static bool
append_path(CURLU *parsed, const char *suffix)
{
	char *path = NULL, *longer = NULL;
	size_t length;
	bool is_set;

	if (!suffix)
		return true;
	if (curl_url_get(parsed, CURLUPART_PATH, &path, 0) != CURLUE_OK)
		return false;
	length = strlen(path);
	if (length > 0 && path[length - 1] == '/')
		path[length - 1] = '\0';
	is_set = asprintf(&longer, "%s%s", path, suffix) >= 0 &&
		 curl_url_set(parsed, CURLUPART_PATH, longer, 0) == CURLUE_OK;
	curl_free(path);
	free(longer);
	return is_set;
}

/* Takes the URL as given, or the one without secrets. */
static bool
make_url(struct exchange *exchange, const struct exchange_peer *peer)
{
	const struct exchange_request *request = exchange->request;
	const bool as_given = request->secret == EXCHANGE_GIVEN;
	CURLU *parsed = curl_url();
	bool is_made;

	is_made =
	    parsed &&
	    curl_url_set(parsed, CURLUPART_URL,
		as_given ? peer->url : peer->clean_url, 0) == CURLUE_OK &&
	    append_path(parsed, request->suffix) &&
	    (!request->query ||
		curl_url_set(parsed, CURLUPART_QUERY, request->query,
		    CURLU_APPENDQUERY) == CURLUE_OK) &&
	    curl_url_get(parsed, CURLUPART_URL, &exchange->url, 0) == CURLUE_OK;
	curl_url_cleanup(parsed);
	return is_made;
}

static bool
add_header(struct exchange *exchange, const char *header)
{
	struct curl_slist *headers =
	    curl_slist_append(exchange->headers, header);

	if (headers)
		exchange->headers = headers;
	return headers != NULL;
}

static bool
add_headers(struct exchange *exchange)
{
	const struct exchange_request *request = exchange->request;
	char type[128];

	snprintf(type, sizeof type, "Content-Type: %s",
	    request->type ? request->type
			  : "application/x-www-form-urlencoded");
	return (request->method || add_header(exchange, type)) &&
	       /* Or libcurl waits a second for leave to send a large body. */
	       add_header(exchange,
		   request->only_ask ? "Expect: 100-continue" : "Expect:") &&
	       (!request->chunked ||
		   add_header(exchange, "Transfer-Encoding: chunked"));
}

static void
set_secret(CURL *easy, const struct exchange_peer *peer,
    const struct exchange_request *request)
{
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	switch (request->secret) {
	case EXCHANGE_GIVEN:
		if (peer->user)
			curl_easy_setopt(easy, CURLOPT_USERPWD, peer->user);
		if (peer->netrc) {
			curl_easy_setopt(
			    easy, CURLOPT_NETRC, CURL_NETRC_OPTIONAL);
			curl_easy_setopt(easy, CURLOPT_NETRC_FILE, peer->netrc);
		}
		break;
	case EXCHANGE_NONE:
		break;
	case EXCHANGE_BASIC_WRONG:
		curl_easy_setopt(
		    easy, CURLOPT_USERPWD, "mixspool:a wrong secret of doctor");
		break;
	case EXCHANGE_BASIC:
		curl_easy_setopt(easy, CURLOPT_USERNAME, "mixspool");
		curl_easy_setopt(easy, CURLOPT_PASSWORD, peer->password);
		break;
	case EXCHANGE_BEARER:
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, peer->password);
		break;
	}
}

static void
set_connection(CURL *easy, const struct exchange_peer *peer,
    const struct exchange_request *request)
{
	const bool verify = request->verify || !peer->any_certificate;
	long resolve = CURL_IPRESOLVE_WHATEVER;

	if (peer->only_ipv4)
		resolve = CURL_IPRESOLVE_V4;
	if (request->only_ipv6)
		resolve = CURL_IPRESOLVE_V6;
	curl_easy_setopt(easy, CURLOPT_IPRESOLVE, resolve);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, peer->timeout_s);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
	    request->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
	if (!peer->ca_file)
		return;
	/* A folder of the system's would be trusted beside the file. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_CAINFO, peer->ca_file);
}

static bool
set_options(struct exchange *exchange, const struct exchange_peer *peer)
{
	const struct exchange_request *request = exchange->request;
	CURL *easy = exchange->easy = curl_easy_init();

	if (!easy || !make_url(exchange, peer) || !add_headers(exchange))
		return false;
	if (curl_easy_setopt(easy, CURLOPT_URL, exchange->url) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_USERAGENT,
		"mixspool-doctor/" MIXSPOOL_VERSION) != CURLE_OK)
		return false;
	set_secret(easy, peer, request);
	set_connection(easy, peer, request);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	if (!request->method)
		exchange_set_body(exchange);
	else if (!strcmp(request->method, "HEAD"))
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	exchange_set_calls(exchange);
	return true;
}

int
exchange(const struct exchange_peer *peer,
    const struct exchange_request *request, struct exchange_answer *answer)
{
	struct exchange exchange = {.request = request, .answer = answer};
	bool is_set;

	*answer = (struct exchange_answer){.date = -1, .expires = -1};
	incoming_begin(&answer->incoming);
	is_set = set_options(&exchange, peer);
	if (is_set)
		exchange_read(&exchange, curl_easy_perform(exchange.easy));
	curl_easy_cleanup(exchange.easy);
	curl_slist_free_all(exchange.headers);
	curl_free(exchange.url);
	return is_set ? 0 : -1;
}
