#include <string.h>

#include "doctor/visit_inside.h"

/* The status of a web server that has not asked mixspool, or got no answer. */
static const struct {
	long from, to;
	enum fault fault;
} statuses[] = {
    {200, 299, FAULT_NOT_MIXSPOOL},
    {300, 399, FAULT_REDIRECT},
    {401, 401, FAULT_OWN_PASSWORD},
    {403, 403, FAULT_FORBIDDEN},
    {404, 404, FAULT_NO_ROUTE},
    {405, 405, FAULT_NO_PROGRAM},
    {408, 408, FAULT_SLOW},
    {413, 413, FAULT_LIMIT},
    {429, 429, FAULT_RATE},
    {500, 500, FAULT_BROKEN},
    {502, 504, FAULT_NO_RECEIVER},
};

static enum fault
fault_of_status(long status)
{
	size_t i;

	for (i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (status >= statuses[i].from && status <= statuses[i].to)
			return statuses[i].fault;
	return FAULT_NONE;
}

/* mixspool quotes PATH_INFO in its 404. */
static bool
has_whole_path(const struct visit *visit, const char *text)
{
	const char *path = strstr(visit->peer.clean_url, "://");
	const char *quoted = strchr(text, '"');
	size_t length;

	path = path ? strchr(path + 3, '/') : NULL;
	if (!path || !quoted || strstr(text, "the path") == NULL)
		return false;
	/* The first segment is the mount. */
	length = 1 + strcspn(path + 1, "/?");
	return length > 1 && !strncmp(quoted + 1, path, length);
}

static enum fault
fault_of_mixspool(
    const struct visit *visit, const struct exchange_answer *answer)
{
	if (answer->status == 401 && visit->has_secret &&
	    strstr(answer->text, "no Authorization header"))
		return FAULT_WITHHELD;
	if (answer->status == 401)
		return FAULT_SECRET;
	if (answer->status == 404)
		return has_whole_path(visit, answer->text) ? FAULT_WHOLE_PATH
							   : FAULT_CAMPAIGN;
	return FAULT_MIXSPOOL;
}

void
visit_blame(struct visit *visit, enum grade grade, const char *what,
    const struct exchange_answer *answer)
{
	char words[VISIT_WORDS];
	enum fault fault = FAULT_NONE;

	if (answer->by_mixspool)
		fault = fault_of_mixspool(visit, answer);
	else if (answer->status != 0)
		fault = fault_of_status(answer->status);
	visit_find(visit, grade, fault, "%s: %s%s%s", what,
	    visit_words(visit, answer, words), *answer->location ? ", to " : "",
	    answer->location);
}
