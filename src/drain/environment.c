#include "drain/environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_ours(const struct environment *environment, const char *variable)
{
	size_t i, length;

	for (i = 0; i < ENVIRONMENT_OURS; i++) {
		length = strcspn(environment->ours[i], "=") + 1;
		if (!strncmp(variable, environment->ours[i], length))
			return true;
	}
	return false;
}

char *const *
environment_with(struct environment *environment, const char *campaign,
    const struct source_part *part)
{
	size_t size = sizeof environment->ours[0], count = 0, i;
	char(*ours)[160] = environment->ours;

	snprintf(ours[0], size, "MIXSPOOL_CAMPAIGN=%s", campaign);
	snprintf(ours[1], size, "MIXSPOOL_USERS=%zu", part->lines);
	snprintf(ours[2], size, "MIXSPOOL_FIRST=%s", part->names[0]);
	snprintf(
	    ours[3], size, "MIXSPOOL_LAST=%s", part->names[part->count - 1]);
	snprintf(
	    ours[4], size, "MIXSPOOL_PART=%d", part->skip > 0 || part->is_cut);
	snprintf(ours[5], size, "MIXSPOOL_SKIP=%zu", part->skip);
	snprintf(ours[6], size, "MIXSPOOL_CUT=%d", part->is_cut);
	while (environ[count])
		count++;
	environment->list =
	    calloc(count + ENVIRONMENT_OURS + 1, sizeof *environment->list);
	if (!environment->list)
		return NULL;
	for (i = 0, count = 0; environ[i]; i++)
		if (!is_ours(environment, environ[i]))
			environment->list[count++] = environ[i];
	for (i = 0; i < ENVIRONMENT_OURS; i++)
		environment->list[count++] = ours[i];
	return environment->list;
}

void
environment_free(struct environment *environment)
{
	free(environment->list);
}
