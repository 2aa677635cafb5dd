#include "postgres/place.h"

#include <string.h>

bool
place_is(const char *text)
{
	static const char *const schemes[] = {"postgresql://", "postgres://"};
	size_t i;

	for (i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (!strncmp(text, schemes[i], strlen(schemes[i])))
			return true;
	return false;
}

static void
put_stars(char *from, const char *end)
{
	while (from < end)
		*from++ = '*';
}

/* Those of `?password=...&sslpassword=...`, where QUERY is. A name may have
   escapes, so that each value goes whose name is not one that is known to be
   harmless. */
static void
hide_parameters(char *query)
{
	static const char *const harmless[] = {
	    "host=", "hostaddr=", "port=", "dbname=", "user=", "sslmode=",
	    "service=", "passfile=", "target_session_attrs=",
	    "connect_timeout=", "options=", "application_name="};
	char *value, *end;
	size_t i;

	for (; *query; query = end) {
		query++;
		end = strchrnul(query, '&');
		value = memchr(query, '=', (size_t)(end - query));
		for (i = 0; i < sizeof harmless / sizeof *harmless; i++)
			if (!strncmp(query, harmless[i], strlen(harmless[i])))
				value = NULL;
		if (value)
			put_stars(value + 1, end);
	}
}

/* libpq takes the first @ for the end of a password, which may have a ? before
   it. One with an @ of its own is wrong, and is hidden as well. */
static void
hide_password(char *from)
{
	char *at = strchr(from, '@'), *end;

	if (!at)
		return;
	end = strchrnul(at, '?');
	hide_parameters(end);
	at = memrchr(at, '@', (size_t)(end - at));
	from = memchr(from, ':', (size_t)(at - from));
	if (from)
		put_stars(from + 1, at);
}

char *
place_hide(char *url)
{
	char *copy = strdup(url), *from;

	if (!copy || !place_is(url))
		return copy;
	from = strstr(url, "://") + 3;
	hide_parameters(strchrnul(from, '?'));
	hide_password(from);
	return copy;
}
