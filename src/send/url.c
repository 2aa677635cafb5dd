#include "send/url.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool
is_http(CURLU *parsed)
{
	char *scheme;
	bool is_it;

	if (curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return false;
	is_it = strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
	curl_free(scheme);
	return is_it;
}

/* With the host, libcurl forgets the zone of an IPv6 address. */
static void
lower_host(CURLU *parsed)
{
	char *host, *zone = NULL, *c;

	if (curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		return;
	for (c = host; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c |= 0x20;
	if (curl_url_get(parsed, CURLUPART_ZONEID, &zone, 0) != CURLUE_OK)
		zone = NULL;
	curl_url_set(parsed, CURLUPART_HOST, host, 0);
	curl_url_set(parsed, CURLUPART_ZONEID, zone, 0);
	curl_free(host);
	curl_free(zone);
}

/*
 * RFC 6874: a zone is made of unreserved characters, and escapes, which names
 * of interfaces do not need. libcurl takes more: an '@' it would then read as
 * the end of a user's name, and an escape in another spelling.
 */
static bool
has_odd_zone(CURLU *parsed)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-._~";
	char *zone;
	bool is_odd;

	if (curl_url_get(parsed, CURLUPART_ZONEID, &zone, 0) != CURLUE_OK)
		return false;
	is_odd = zone[strspn(zone, unreserved)] != '\0';
	curl_free(zone);
	return is_odd;
}

/* The name of a field may be written with escapes, too. */
static bool
is_token(const char *field)
{
	static const char token[] = "token";
	const size_t length = strcspn(field, "=&");
	char *name;
	int size;
	bool is_it;

	if (field[length] != '=')
		return false;
	name = curl_easy_unescape(NULL, field, (int)length, &size);
	is_it = name && size == (int)sizeof token - 1 &&
		memcmp(name, token, sizeof token - 1) == 0;
	curl_free(name);
	return is_it;
}

/* Of the query, what mixspool.fcgi takes for a secret. */
static void
drop_token(CURLU *parsed)
{
	char *query, *from, *to, *next;

	if (curl_url_get(parsed, CURLUPART_QUERY, &query, 0) != CURLUE_OK)
		return;
	for (from = to = query; *from; from = next) {
		next = from + strcspn(from, "&");
		next += *next == '&';
		if (!is_token(from)) {
			memmove(to, from, (size_t)(next - from));
			to += next - from;
		}
	}
	/* The '&' before one that was the last. */
	if (to < from && to > query && to[-1] == '&')
		to--;
	*to = '\0';
	/* Whatever it was, so that libcurl spells escapes the same way. */
	curl_url_set(parsed, CURLUPART_QUERY, to > query ? query : NULL, 0);
	curl_free(query);
}

/* Without what names no endpoint, and in one spelling. */
static CURLUcode
spell(CURLU *parsed, char **text)
{
	static const CURLUPart dropped[] = {
	    CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT};
	size_t i;

	for (i = 0; i < sizeof dropped / sizeof *dropped; i++)
		curl_url_set(parsed, dropped[i], NULL, 0);
	drop_token(parsed);
	lower_host(parsed);
	return curl_url_get(parsed, CURLUPART_URL, text, CURLU_NO_DEFAULT_PORT);
}

/* libcurl reads the escapes of a host, or a number as an address, but not both
   at a time: https://%39 is https://9, and that is https://0.0.0.9. */
static CURLUcode
spell_again(CURLU *parsed, char **text)
{
	CURLUcode code = curl_url_set(
	    parsed, CURLUPART_URL, *text, CURLU_NON_SUPPORT_SCHEME);

	curl_free(*text);
	return code == CURLUE_OK ? spell(parsed, text) : code;
}

/* NULL, or why not. */
static const char *
clean(CURLU *parsed, const char *url, char **clean_url)
{
	static const char scheme[] = "it begins with http:// or https://";
	CURLUcode code;
	char *text;

	if (!strstr(url, "://"))
		return scheme;
	code =
	    curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
	if (code != CURLUE_OK)
		return curl_url_strerror(code);
	if (!is_http(parsed))
		return scheme;
	if (has_odd_zone(parsed))
		return curl_url_strerror(CURLUE_BAD_IPV6);
	code = spell(parsed, &text);
	if (code == CURLUE_OK)
		code = spell_again(parsed, &text);
	if (code != CURLUE_OK)
		return curl_url_strerror(code);
	*clean_url = strdup(text);
	curl_free(text);
	return *clean_url ? NULL : strerror(ENOMEM);
}

const char *
url_check_proxy(const char *url)
{
	CURLU *parsed = curl_url();
	CURLUcode code = CURLUE_OUT_OF_MEMORY;

	if (parsed)
		code = curl_url_set(parsed, CURLUPART_URL, url,
		    CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME);
	curl_url_cleanup(parsed);
	return code == CURLUE_OK ? NULL : curl_url_strerror(code);
}

int
url_clean(const char *url, char **clean_url, const char **why)
{
	CURLU *parsed = curl_url();

	*clean_url = NULL;
	*why = parsed ? clean(parsed, url, clean_url) : strerror(ENOMEM);
	curl_url_cleanup(parsed);
	return *why ? -1 : 0;
}
