/*
 * sites.h: the spools that requests name, each with its secret.
 *
 * One process may serve many sites (mod_fcgid with SetEnv). The first request
 * of a site opens it. It stays open until another folder or secret takes its
 * place, or until SITES_MAX others were used more recently. A request holds the
 * site that it has taken, whatever becomes of the table.
 */
#ifndef SITES_H
#define SITES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/attributes.h"
#include "cgi/secret.h"

struct journal;

#define SITES_MAX 16 /* two descriptors each, see descriptors.c */
#define SITES_ERROR_SIZE 256

struct site {
	int spool;                   /* a descriptor of its folder */
	const struct secret *secret; /* never NULL when taken */
	struct journal *journal;     /* or NULL: it has none */

	char *dir; /* owned */

	/* sites.c's. */
	char *secret_file; /* owned, or NULL */
	struct secret own; /* of a file that only requests name */
	struct stat folder, file;
	bool file_is_settled;
	atomic_uint holders;
	struct site *next;
};

/*
 * Opens the spool DIR (spool_open), and a journal of DAYS days (journal.h). The
 * caller sets `secret`. NULL and errno.
 */
struct site *site_open(
    const char *dir, const char *secret_file, unsigned days) MUST_USE;

/* Is FILE its secret file? Both may be NULL. */
bool site_has_secret_file(const struct site *site, const char *file);

/* Was its folder removed since it was opened? */
bool site_is_removed(const struct site *site);

/* site_open, sites_take and site_hold make the caller a holder, who releases
   the site. Releasing NULL does nothing. */
struct site *site_hold(struct site *site);
void site_release(struct site *site);

struct sites;

/*
 * SECRET is what SECRET_FILE holds, for the sites with this file; if it is
 * NULL, for those without a secret. Both are borrowed. NULL and errno.
 */
struct sites *sites_new(
    const char *secret_file, const struct secret *secret) MUST_USE;
void sites_free(struct sites *sites);

/*
 * The site of these two names, as they are now: a folder or file that was
 * replaced counts at once, except the SECRET_FILE of sites_new. NULL: ERROR is
 * a sentence. DAYS counts when it is opened.
 */
struct site *sites_take(struct sites *sites, const char *dir,
    const char *secret_file, unsigned days,
    char error[SITES_ERROR_SIZE]) MUST_USE;

/* Calls WORK for each site without holding up the others. */
typedef void sites_work(void *context, const struct site *site);
void sites_each(struct sites *sites, sites_work *work, void *context);

#endif
