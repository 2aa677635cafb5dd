#include "web/url.h"

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

/* libcurl accepts any character in the zone of an IPv6 address, also '@' and
   '%', which mean something else when the clean URL is read. */
static bool
has_odd_zone(CURLU *parsed)
{
	char *zone;
	bool is_odd;

	if (curl_url_get(parsed, CURLUPART_ZONEID, &zone, 0) != CURLUE_OK)
		return false;
	is_odd = zone[strcspn(zone, "%@")] != '\0';
	curl_free(zone);
	return is_odd;
}

/* The name of a field may have escapes. */
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

/* Decoded, to be freed with curl_free, or NULL. */
static char *
find_token(const char *query)
{
	const char *field, *value;

	for (field = query; *field; field += *field == '&') {
		const size_t length = strcspn(field, "&");

		if (is_token(field)) {
			value = strchr(field, '=') + 1;
			return curl_easy_unescape(
			    NULL, value, (int)(field + length - value), NULL);
		}
		field += length;
	}
	return NULL;
}

static char *
find_password(CURLU *parsed)
{
	char *query, *found = NULL;

	if (curl_url_get(parsed, CURLUPART_PASSWORD, &found, CURLU_URLDECODE) ==
	    CURLUE_OK)
		return found;
	if (curl_url_get(parsed, CURLUPART_QUERY, &query, 0) != CURLUE_OK)
		return NULL;
	found = find_token(query);
	curl_free(query);
	return found;
}

/* Drops the field of the query that mixspool.fcgi takes for a secret. */
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
	/* The '&' in front of a token that was the last field. */
	if (to < from && to > query && to[-1] == '&')
		to--;
	*to = '\0';
	/* Without a token, too: the states of 0.1 have this spelling. */
	curl_url_set(parsed, CURLUPART_QUERY, to > query ? query : NULL, 0);
	curl_free(query);
}

static void
lower_host(char *url)
{
	char *c = strstr(url, "://") + 3;

	for (; *c && *c != '/' && *c != '?'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c |= 0x20;
}

static CURLUcode
spell(CURLU *parsed, char **text)
{
	static const CURLUPart dropped[] = {
	    CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT};
	CURLUcode code;
	size_t i;

	for (i = 0; i < sizeof dropped / sizeof *dropped; i++)
		curl_url_set(parsed, dropped[i], NULL, 0);
	drop_token(parsed);
	code = curl_url_get(parsed, CURLUPART_URL, text, CURLU_NO_DEFAULT_PORT);
	if (code == CURLUE_OK)
		lower_host(*text);
	return code;
}

/* NULL, or why the URL is refused. */
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
	if (code != CURLUE_OK)
		return curl_url_strerror(code);
	/* A host with its escapes read may be none any more: DEL for %7f. */
	code =
	    curl_url_set(parsed, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
	if (code == CURLUE_OK)
		*clean_url = strdup(text);
	curl_free(text);
	if (code != CURLUE_OK)
		return curl_url_strerror(code);
	return *clean_url ? NULL : strerror(ENOMEM);
}

void
url_show(const char *url, char *shown, size_t size)
{
	CURLU *parsed = curl_url();
	char *text = NULL;
	size_t i;

	shown[0] = '\0';
	if (parsed &&
	    curl_url_set(parsed, CURLUPART_URL, url,
		CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	    is_http(parsed)) {
		curl_url_set(parsed, CURLUPART_QUERY, NULL, 0);
		if (spell(parsed, &text) == CURLUE_OK) {
			for (i = 0; i < size - 1 && text[i]; i++) {
				const bool is_shown =
				    text[i] >= ' ' && text[i] <= '~';

				shown[i] = '?';
				if (is_shown)
					shown[i] = text[i];
			}
			shown[i] = '\0';
			if (text[i])
				memcpy(shown + size - 4, "...", 3);
		}
		curl_free(text);
	}
	curl_url_cleanup(parsed);
}

int
url_password(const char *url, char **password)
{
	CURLU *parsed = curl_url();
	char *found = NULL;
	bool is_found = false;

	*password = NULL;
	if (parsed && curl_url_set(parsed, CURLUPART_URL, url,
			  CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		found = find_password(parsed);
	is_found = found != NULL;
	if (is_found)
		*password = strdup(found);
	curl_free(found);
	curl_url_cleanup(parsed);
	return parsed && (!is_found || *password) ? 0 : -1;
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
