#include "cgi/health_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/sites.h"
#include "spool/probe.h"

/* By the folder: a site that was opened anew is the same spool. */
static bool
is_about(
    const struct health_check *check, const struct health_question *question)
{
	const struct stat *one = &check->site->folder;
	const struct stat *other = &question->site->folder;

	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       !strcmp(check->campaign, question->campaign);
}

struct health_check *
health_check_find(
    struct health_check **list, const struct health_question *question)
{
	struct health_check **at = list, *check;

	for (; (check = *at); at = &check->next)
		if (is_about(check, question))
			return check;
	check = calloc(1, sizeof *check);
	if (!check)
		return NULL;
	check->site = site_hold(question->site);
	memcpy(check->campaign, question->campaign, strlen(question->campaign));
	*at = check;
	return check;
}

void
health_check_forget(struct health_check **list, int64_t now)
{
	struct health_check **at = list, *check;

	while ((check = *at)) {
		if (check->runs || check->first || check->until > now) {
			at = &check->next;
			continue;
		}
		*at = check->next;
		site_release(check->site);
		free(check);
	}
}

void
health_check_run(const struct health_check *check, struct spool_names *names,
    struct health_finding *finding)
{
	const int spool = check->site->spool;
	struct campaign campaign;

	*finding = (struct health_finding){0};
	if (campaign_stat(spool, check->campaign, &finding->stat) < 0) {
		finding->campaign_error = errno;
		return;
	}
	finding->has_stat = true;
	if (campaign_open(spool, check->campaign, &campaign) < 0) {
		finding->error = errno;
		return;
	}
	if (probe_commit(&campaign, names) < 0)
		finding->error = errno;
	campaign_close(&campaign);
}

void
health_check_await(struct health_check *check, struct health_question *question)
{
	question->next = check->first;
	check->first = question;
}

size_t
health_check_take(
    struct health_check *check, int64_t time, struct health_question **list)
{
	struct health_question **at = &check->first, *question;
	size_t count = 0;

	while ((question = *at)) {
		if (question->since >= time) {
			at = &question->next;
			continue;
		}
		*at = question->next;
		question->next = *list;
		*list = question;
		count++;
	}
	return count;
}
