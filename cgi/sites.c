#include "cgi/sites.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/printable.h"
#include "journal/journal.h"
#include "spool/spool.h"

#define SETTLING 2 /* seconds: no file system's clock is coarser */

struct sites {
	const char *secret_file;
	const struct secret *secret;
	pthread_mutex_t mutex;
	struct site *first; /* the list, the most recently used first */
};

static bool
is_same_name(const char *one, const char *other)
{
	return one && other ? !strcmp(one, other) : one == other;
}

bool
site_has_secret_file(const struct site *site, const char *file)
{
	return is_same_name(site->secret_file, file);
}

static bool
has_names(const struct site *site, const char *dir, const char *secret_file)
{
	return !strcmp(site->dir, dir) &&
	       site_has_secret_file(site, secret_file);
}

bool
site_is_removed(const struct site *site)
{
	struct stat status;

	return fstat(site->spool, &status) == 0 && status.st_nlink == 0;
}

/* Keeps errno. */
static void
site_free(struct site *site)
{
	journal_close(site->journal);
	secret_free(&site->own);
	fd_close(site->spool);
	free(site->secret_file);
	free(site->dir);
	free(site);
}

struct site *
site_hold(struct site *site)
{
	atomic_fetch_add(&site->holders, 1);
	return site;
}

void
site_release(struct site *site)
{
	if (site && atomic_fetch_sub(&site->holders, 1) == 1)
		site_free(site);
}

struct site *
site_open(const char *dir, const char *secret_file, unsigned days)
{
	struct site *site = calloc(1, sizeof *site);

	if (!site)
		return NULL;
	site->spool = -1;
	atomic_init(&site->holders, 1);
	site->dir = strdup(dir);
	site->secret_file = secret_file ? strdup(secret_file) : NULL;
	if (site->dir && !site->secret_file == !secret_file &&
	    (site->spool = spool_open(dir)) >= 0 &&
	    fstat(site->spool, &site->folder) == 0) {
		site->journal = journal_open(site->spool, days);
		return site;
	}
	site_free(site);
	return NULL;
}

/*
 * A file that is written twice within a tick of its file system's clock looks
 * unchanged. So a file that was changed just before it was read is not settled,
 * and is read again by the next request.
 */
static int
load_own_secret(struct site *site, char error[SECRET_ERROR_SIZE])
{
	/* Before the reading, so that a change in between is noticed. */
	if (stat(site->secret_file, &site->file) == 0)
		site->file_is_settled =
		    time(NULL) - site->file.st_ctim.tv_sec > SETTLING;
	site->secret = &site->own;
	return secret_load(&site->own, site->secret_file, error);
}

static bool
is_same_file(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

static bool
is_same_content(const struct stat *one, const struct stat *other)
{
	return is_same_file(one, other) && one->st_size == other->st_size &&
	       one->st_ctim.tv_sec == other->st_ctim.tv_sec &&
	       one->st_ctim.tv_nsec == other->st_ctim.tv_nsec;
}

/* Do its names still mean what was opened? */
static bool
is_current(const struct site *site)
{
	struct stat status;

	if (stat(site->dir, &status) < 0 ||
	    !is_same_file(&site->folder, &status) ||
	    /* Reopening makes it. */
	    fstatat(site->spool, CAMPAIGN_DEFAULT, &status,
		AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	return site->secret != &site->own ||
	       (site->file_is_settled &&
		   stat(site->secret_file, &status) == 0 &&
		   is_same_content(&site->file, &status));
}

struct sites *
sites_new(const char *secret_file, const struct secret *secret)
{
	struct sites *sites = calloc(1, sizeof *sites);

	if (!sites)
		return NULL;
	sites->secret_file = secret_file;
	sites->secret = secret;
	pthread_mutex_init(&sites->mutex, NULL);
	return sites;
}

void
sites_free(struct sites *sites)
{
	struct site *site;

	if (!sites)
		return;
	while ((site = sites->first)) {
		sites->first = site->next;
		site_release(site);
	}
	pthread_mutex_destroy(&sites->mutex);
	free(sites);
}

/* Takes the site of these names off the list, or returns NULL. */
static struct site *
unlink_site(struct sites *sites, const char *dir, const char *secret_file)
{
	struct site **at, *site;

	for (at = &sites->first; (site = *at); at = &site->next) {
		if (!has_names(site, dir, secret_file))
			continue;
		*at = site->next;
		return site;
	}
	return NULL;
}

/* Takes the least recently used off the list if there are too many. */
static struct site *
unlink_surplus(struct sites *sites)
{
	struct site **at = &sites->first, *site;
	unsigned count;

	for (count = 0; *at && count < SITES_MAX; count++)
		at = &(*at)->next;
	site = *at;
	*at = NULL;
	return site;
}

static struct site *
take_kept(struct sites *sites, const char *dir, const char *secret_file)
{
	struct site *site;

	pthread_mutex_lock(&sites->mutex);
	site = unlink_site(sites, dir, secret_file);
	if (site) {
		site->next = sites->first;
		sites->first = site_hold(site);
	}
	pthread_mutex_unlock(&sites->mutex);
	return site;
}

/* Replaces the site of the same names. */
static void
keep(struct sites *sites, struct site *site)
{
	struct site *replaced, *surplus;

	pthread_mutex_lock(&sites->mutex);
	replaced = unlink_site(sites, site->dir, site->secret_file);
	site->next = sites->first;
	sites->first = site_hold(site);
	surplus = unlink_surplus(sites);
	pthread_mutex_unlock(&sites->mutex);
	site_release(replaced);
	site_release(surplus);
}

#define DIR_SHOWN 128 /* bytes of a path in a message */

/* Called without the mutex: the disk may take its time. */
static struct site *
open_with_secret(const struct sites *sites, const char *dir,
    const char *secret_file, unsigned days, char error[SITES_ERROR_SIZE])
{
	struct site *site = site_open(dir, secret_file, days);

	if (!site) {
		const char *why = spool_strerror(errno);
		char shown[DIR_SHOWN];

		printable_copy(shown, sizeof shown, dir, strlen(dir));
		snprintf(error, SITES_ERROR_SIZE,
		    "cannot use the spool %s, which MIXSPOOL_DIR names: %s",
		    shown, why);
		return NULL;
	}
	if (is_same_name(secret_file, sites->secret_file)) {
		site->secret = sites->secret;
		return site;
	}
	if (load_own_secret(site, error) == 0)
		return site;
	site_release(site);
	return NULL;
}

struct site *
sites_take(struct sites *sites, const char *dir, const char *secret_file,
    unsigned days, char error[SITES_ERROR_SIZE])
{
	struct site *site = take_kept(sites, dir, secret_file);

	if (site && is_current(site))
		return site;
	site_release(site);
	site = open_with_secret(sites, dir, secret_file, days, error);
	if (site)
		keep(sites, site);
	return site;
}

void
sites_each(struct sites *sites, sites_work *work, void *context)
{
	struct site *held[SITES_MAX], *site;
	size_t count = 0, i;

	pthread_mutex_lock(&sites->mutex);
	for (site = sites->first; site && count < SITES_MAX; site = site->next)
		held[count++] = site_hold(site);
	pthread_mutex_unlock(&sites->mutex);
	for (i = 0; i < count; i++) {
		work(context, held[i]);
		site_release(held[i]);
	}
}
