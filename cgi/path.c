#include "cgi/path.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

bool
path_read_campaign(const char *path, char name[CAMPAIGN_NAME_MAX + 1])
{
	size_t length;

	if (!path || !*path || !strcmp(path, "/"))
		path = CAMPAIGN_DEFAULT;
	if (*path == '/')
		path++;
	length = strlen(path);
	if (length > 0 && path[length - 1] == '/')
		length--;
	if (length > CAMPAIGN_NAME_MAX)
		return false;
	memcpy(name, path, length);
	name[length] = '\0';
	return campaign_is_name(name);
}

/* The longest of a byte, and what may stand behind all. */
#define ESCAPE_SIZE sizeof "\\xHH"
#define END_SIZE sizeof "\"..."

void
path_show(const char *path, char shown[PATH_SHOWN_SIZE])
{
	const char *from = path ? path : "";
	char *to = shown, *const last = shown + PATH_SHOWN_SIZE - END_SIZE;

	*to++ = '"';
	for (; *from && last - to >= (ptrdiff_t)ESCAPE_SIZE; from++) {
		if (*from == '"' || *from == '\\')
			*to++ = '\\';
		if (*from >= ' ' && *from <= '~')
			*to++ = *from;
		else
			to += snprintf(to, ESCAPE_SIZE, "\\x%02x",
			    (unsigned)(unsigned char)*from);
	}
	memcpy(to, *from ? "\"..." : "\"", *from ? END_SIZE : sizeof "\"");
}
