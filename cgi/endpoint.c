#include "cgi/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/printable.h"
#include "base/say.h"
#include "cgi/descriptors.h"
#include "journal/journal.h"
#include "spool/commit.h"
#include "spool/spool.h"

#define DIR_SHOWN 128 /* bytes of a path in a message */

/* While all other threads wait for the disk, one is left to answer. */
static unsigned
count_leaders(const struct settings *settings)
{
	return settings->threads > 1 ? (unsigned)settings->threads - 1 : 1;
}

static void
each_site(struct endpoint *endpoint, sites_work *work, void *context)
{
	if (endpoint->site)
		work(context, endpoint->site);
	else if (endpoint->sites)
		sites_each(endpoint->sites, work, context);
}

static void
ask_if_due(void *is_due, const struct site *site)
{
	*(bool *)is_due |= journal_is_due(site->journal);
}

bool
endpoint_is_journal_due(struct endpoint *endpoint)
{
	bool is_due = false;

	each_site(endpoint, ask_if_due, &is_due);
	return is_due;
}

static void
report(void *context, const struct site *site)
{
	char dir[DIR_SHOWN];
	int error;

	(void)context;
	switch (journal_news(site->journal, &error)) {
	case JOURNAL_NO_NEWS:
		break;
	case JOURNAL_FAILS:
		printable_copy(dir, sizeof dir, site->dir, strlen(site->dir));
		say("cannot write the journal of %s: %s: requests are answered "
		    "all the same, and nothing shows what came",
		    dir, strerror(error));
		break;
	case JOURNAL_WORKS:
		say("the journal is written again");
		break;
	}
}

static void
tick(void *context, const struct site *site)
{
	journal_tick(site->journal);
	report(context, site);
}

void
endpoint_tick_journals(struct endpoint *endpoint)
{
	each_site(endpoint, tick, NULL);
}

static void
flush(void *context, const struct site *site)
{
	(void)context;
	journal_flush(site->journal);
}

static void
flush_journals(void *context)
{
	each_site(context, flush, NULL);
}

bool
endpoint_records_groups(const struct endpoint *endpoint)
{
	return count_leaders(&endpoint->settings) > 1;
}

int
endpoint_open(struct endpoint *endpoint, const struct settings_options *options,
    const struct settings *settings)
{
	*endpoint =
	    (struct endpoint){.options = *options, .settings = *settings};
	sem_init(&endpoint->large, 0, 1);
	sem_init(&endpoint->page, 0, 1);
	budget_init(&endpoint->budget, settings->memory);
	refusals_init(&endpoint->refusals, settings->log_refusals);
	endpoint->commit =
	    commit_new(count_leaders(settings), descriptors_campaigns_max());
	if (!endpoint->commit)
		return -1;
	endpoint->health = health_new();
	if (!endpoint->health)
		return -1;
	commit_set_after(endpoint->commit, flush_journals, endpoint);
	endpoint->sites = sites_new(settings->secret_file, &endpoint->secret);
	return endpoint->sites ? 0 : -1;
}

int
endpoint_open_site(struct endpoint *endpoint)
{
	const struct settings *settings = &endpoint->settings;

	if (!settings->dir)
		return 0;
	endpoint->site = site_open(settings->dir, settings->secret_file,
	    (unsigned)settings->journal_days);
	if (!endpoint->site)
		return -1;
	endpoint->site->secret = &endpoint->secret;
	spool_prepare(endpoint->site->spool);
	/* From within the sandbox only one that is there can be read. */
	if (endpoint->site->journal)
		(void)fd_close(journal_make_folder(endpoint->site->spool));
	return 0;
}

int
endpoint_load_secret(struct endpoint *endpoint, char error[SECRET_ERROR_SIZE])
{
	const char *file = endpoint->settings.secret_file;

	return file ? secret_load(&endpoint->secret, file, error) : 0;
}

/*
 * A secret that the web server names, and that does not count here, would leave
 * open what its administrator believes to be protected.
 */
static struct site *
take_own_site(const struct endpoint *endpoint,
    const struct gateway_request *request, char error[ENDPOINT_ERROR_SIZE])
{
	const char *file = gateway_param(request, "MIXSPOOL_SECRET_FILE");

	if (!file || site_has_secret_file(endpoint->site, file))
		return site_hold(endpoint->site);
	snprintf(error, ENDPOINT_ERROR_SIZE,
	    "the web server names a MIXSPOOL_SECRET_FILE, which does not count "
	    "here: set it where mixspool.fcgi is started");
	return NULL;
}

struct site *
endpoint_take_site(struct endpoint *endpoint,
    const struct gateway_request *request, struct settings *settings,
    char error[ENDPOINT_ERROR_SIZE])
{
	*settings = endpoint->settings;
	if (settings_check_names(gateway_params(request), error) < 0)
		return NULL;
	if (endpoint->site)
		return take_own_site(endpoint, request, error);
	if (settings_read(settings, &endpoint->options, request, error) < 0)
		return NULL;
	if (settings->dir)
		return sites_take(endpoint->sites, settings->dir,
		    settings->secret_file, (unsigned)settings->journal_days,
		    error);
	snprintf(error, ENDPOINT_ERROR_SIZE,
	    "MIXSPOOL_DIR is not set: it names the spool's folder");
	return NULL;
}

void
endpoint_close(struct endpoint *endpoint)
{
	/* No recorder has done it. */
	if (endpoint->is_cgi) {
		each_site(endpoint, flush, NULL);
		each_site(endpoint, report, NULL);
	}
	site_release(endpoint->site);
	sites_free(endpoint->sites);
	secret_free(&endpoint->secret);
	health_free(endpoint->health);
	commit_free(endpoint->commit);
	refusals_destroy(&endpoint->refusals);
	sem_destroy(&endpoint->large);
	sem_destroy(&endpoint->page);
	budget_destroy(&endpoint->budget);
}
