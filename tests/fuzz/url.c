/*
 * Any text as the URL of send. What is accepted is an http URL for libcurl,
 * too, and the clean one has no user, password, token or fragment, as
 * url_password sees it, too. Why one is refused repeats none of it.
 */
#include "web/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdbool.h>

#include "fuzz.h"

static bool
is_taken_by_libcurl(const char *url)
{
	CURLU *parsed = curl_url();
	bool is_taken;

	HOLDS(parsed);
	is_taken = curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK;
	curl_url_cleanup(parsed);
	return is_taken;
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

/* By the letters alone: RFC 3986, sections 3.2 and 3.5. */
static void
check_clean(const char *clean)
{
	const char *authority, *field;
	size_t i, size;

	HOLDS(!strncmp(clean, "http://", 7) || !strncmp(clean, "https://", 8));
	authority = strstr(clean, "://") + 3;
	size = strcspn(authority, "/?");
	HOLDS(!memchr(authority, '@', size));
	for (i = 0; i < size; i++)
		HOLDS(authority[i] < 'A' || authority[i] > 'Z');
	HOLDS(!strchr(clean, '#'));
	field = strchr(clean, '?');
	for (; field; field = strchr(field, '&'))
		HOLDS(!is_token(++field));
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *url = fuzz_text(data, size), *clean, *password;
	const char *why;
	int result = url_clean(url, &clean, &why);

	HOLDS(clean ? result == 0 : result == -1);
	if (clean) {
		HOLDS(is_taken_by_libcurl(url) && is_taken_by_libcurl(clean));
		check_clean(clean);
		HOLDS(url_password(clean, &password) == 0 && !password);
	} else {
		HOLDS(is_constant(why));
	}
	free(clean);
	HOLDS(url_password(url, &password) == 0);
	free(password);
	why = url_check_proxy(url);
	HOLDS(!why || is_constant(why));
	free(url);
	return 0;
}
