/*
 * sites.h: the spools that requests name, each with its secret.
 *
 * One process may serve many sites (mod_fcgid with SetEnv). The first request
 * of a site opens it. It stays open until its folder or its secret's file is
 * another one, or until SITES_MAX others were used more recently. A request
 * keeps the site that it has taken, whatever becomes of the table.
 */
#ifndef SITES_H
#define SITES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/attributes.h"
#include "cgi/secret.h"

#define SITES_MAX                                                              \
	16 /* a descriptor each, of those in descriptors.c's reserve */
#define SITES_ERROR_SIZE 256

struct site {
	int spool;                   /* a descriptor of its folder */
	const struct secret *secret; /* never NULL when taken */

	/* sites.c's. */
	char *dir, *secret_file; /* owned; the file may be NULL */
	struct secret own;       /* of a file that no other site has */
	struct stat folder, file;
	bool file_is_settled;
	atomic_uint holders;
	struct site *next;
};

/*
 * Opens the spool DIR and removes what dead writers left there. The caller sets
 * `secret`. NULL and errno.
 */
struct site *site_open(const char *dir, const char *secret_file) MUST_USE;

/* Is this its file? Either may be NULL: no secret. */
bool site_has_secret_file(const struct site *site, const char *file);

/* Was its folder removed since it was opened? */
bool site_is_removed(const struct site *site);

/* Each holder releases the site; site_open and sites_take made the caller one.
   Releasing NULL does nothing. */
struct site *site_hold(struct site *site);
void site_release(struct site *site);

struct sites;

/*
 * SECRET is that of SECRET_FILE, for the sites that have this file or, if it is
 * NULL, none. Both are borrowed. NULL and errno.
 */
struct sites *sites_new(
    const char *secret_file, const struct secret *secret) MUST_USE;
void sites_free(struct sites *sites);

/*
 * The site of these two names as they are now. Any other SECRET_FILE than that
 * of sites_new counts as it is at each call. NULL: ERROR is a sentence.
 */
struct site *sites_take(struct sites *sites, const char *dir,
    const char *secret_file, char error[SITES_ERROR_SIZE]) MUST_USE;

#endif
