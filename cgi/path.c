#include "cgi/path.h"

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
