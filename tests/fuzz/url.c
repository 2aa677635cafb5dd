/*
 * Any text as the URL of send. What is accepted is an http URL for libcurl,
 * too, and the clean one goes to the same place without a name, a password, a
 * token or a fragment; clean again, it stays as it is. Why one is refused
 * repeats none of it.
 */
#include "send/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>

#include "fuzz.h"

static CURLU *
parse(const char *url)
{
	CURLU *parsed = curl_url();

	HOLDS(parsed);
	if (curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		return parsed;
	curl_url_cleanup(parsed);
	return NULL;
}

/* libcurl reads the escapes of a host, or a number as an address, one at a
   time: https://%39 is https://9, and that is https://0.0.0.9. */
static CURLU *
parse_twice(const char *url)
{
	CURLU *parsed = parse(url), *again = NULL;
	char *text;

	if (!parsed)
		return NULL;
	curl_url_set(parsed, CURLUPART_USER, NULL, 0);
	curl_url_set(parsed, CURLUPART_PASSWORD, NULL, 0);
	if (curl_url_get(parsed, CURLUPART_URL, &text, 0) == CURLUE_OK) {
		again = parse(text);
		curl_free(text);
	}
	curl_url_cleanup(parsed);
	return again;
}

/* Owned; empty when there is none. */
static char *
part(CURLU *parsed, CURLUPart which)
{
	char *text = NULL, *copy;

	(void)curl_url_get(parsed, which, &text, CURLU_DEFAULT_PORT);
	copy = fuzz_text(text ? text : "", text ? strlen(text) : 0);
	curl_free(text);
	return copy;
}

static void
lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static void
check_same_part(CURLU *one, CURLU *other, CURLUPart which)
{
	char *of_one = part(one, which), *of_other = part(other, which);

	if (which == CURLUPART_HOST)
		lower(of_one);
	HOLDS(!strcmp(of_one, of_other));
	free(of_one);
	free(of_other);
}

/* RFC 3986, section 2.1. */
static bool
is_token(const char *field)
{
	const char *name = "token";
	char escape[3] = "", *end;

	for (; *name; name++) {
		char c = *field++;

		if (c == '%' && field[0] && field[1]) {
			memcpy(escape, field, 2);
			c = (char)strtol(escape, &end, 16);
			if (*end || !isxdigit((unsigned char)escape[0]))
				return false;
			field += 2;
		}
		if (c != *name)
			return false;
	}
	return *field == '=';
}

/* What of the query is no token, one after another; in small letters, which
   libcurl has in escapes. */
static char *
fields(CURLU *parsed)
{
	char *query = part(parsed, CURLUPART_QUERY), *field, *rest = NULL;
	char *all = calloc(strlen(query) + 2, 1), *end = all;

	HOLDS(all);
	for (field = strtok_r(query, "&", &rest); field;
	     field = strtok_r(NULL, "&", &rest))
		if (!is_token(field)) {
			end = stpcpy(end, field);
			*end++ = '&';
		}
	free(query);
	lower(all);
	return all;
}

static void
check_same_fields(CURLU *one, CURLU *other)
{
	char *of_one = fields(one), *of_other = fields(other);

	HOLDS(!strcmp(of_one, of_other));
	free(of_one);
	free(of_other);
}

/* By the letters alone: RFC 3986, sections 3.2 and 3.5. */
static void
check_text(const char *clean)
{
	const char *authority, *query;

	HOLDS(!strncmp(clean, "http://", 7) || !strncmp(clean, "https://", 8));
	authority = strstr(clean, "://") + 3;
	HOLDS(!memchr(authority, '@', strcspn(authority, "/?")));
	HOLDS(!strchr(clean, '#'));
	query = strchr(clean, '?');
	HOLDS(!query ||
	      (strncmp(query, "?token=", 7) != 0 && !strstr(query, "&token=")));
}

static void
check_clean(const char *url, const char *clean)
{
	static const CURLUPart kept[] = {CURLUPART_SCHEME, CURLUPART_HOST,
	    CURLUPART_ZONEID, CURLUPART_PORT, CURLUPART_PATH};
	CURLU *given = parse_twice(url), *cleaned = parse(clean);
	const char *why;
	char *again;
	size_t i;

	HOLDS(given && cleaned);
	for (i = 0; i < sizeof kept / sizeof *kept; i++)
		check_same_part(given, cleaned, kept[i]);
	check_same_fields(given, cleaned);
	HOLDS(url_clean(clean, &again, &why) == 0);
	HOLDS(!strcmp(again, clean));
	free(again);
	curl_url_cleanup(given);
	curl_url_cleanup(cleaned);
}

static bool
is_constant(const char *why)
{
	static const char scheme[] = "it begins with http:// or https://";
	int code;

	if (!strcmp(why, scheme))
		return true;
	for (code = 1; code < CURLUE_LAST; code++)
		if (why == curl_url_strerror((CURLUcode)code))
			return true;
	return false;
}

/* RFC 6874 has escapes, too; others libcurl takes, and reads otherwise next
 * time. */
static bool
has_odd_zone(CURLU *parsed)
{
	char *zone = part(parsed, CURLUPART_ZONEID), *c;
	bool is_odd = false;

	for (c = zone; *c; c++)
		is_odd |= !isalnum((unsigned char)*c) && !strchr("-._~", *c);
	free(zone);
	return is_odd;
}

/* Not http, or nothing that libcurl takes, or with an odd zone. */
static void
check_refused(const char *url)
{
	CURLU *given = parse(url), *parsed;
	bool is_odd = given && has_odd_zone(given);
	char *scheme;

	curl_url_cleanup(given);
	parsed = is_odd ? NULL : parse_twice(url);
	if (!parsed)
		return;
	scheme = part(parsed, CURLUPART_SCHEME);
	HOLDS(!strstr(url, "://") || strncmp(scheme, "http", 4) != 0);
	free(scheme);
	curl_url_cleanup(parsed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *url = fuzz_text(data, size), *clean;
	const char *why;
	int result = url_clean(url, &clean, &why);

	HOLDS(clean ? result == 0 : result == -1);
	if (clean) {
		check_text(clean);
		check_clean(url, clean);
	} else {
		HOLDS(is_constant(why));
		check_refused(url);
	}
	free(clean);
	why = url_check_proxy(url);
	HOLDS(!why || is_constant(why));
	free(url);
	return 0;
}
