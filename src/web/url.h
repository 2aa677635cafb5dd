/*
 * url.h: the URLs on the command line, as libcurl reads them.
 */
#ifndef URL_H
#define URL_H

#include <stddef.h>

#include "base/attributes.h"

/*
 * Checks a URL and writes it without user, password, fragment and the field
 * "token" of its query, and its scheme and host in small letters, to *CLEAN, to
 * be freed. 0, or -1, NULL in *CLEAN and a constant in *WHY.
 *
 * The clean URL is shown, and names the campaign in the ledger; POSTs go to the
 * URL as given.
 */
int url_clean(const char *url, char **clean, const char **why) MUST_USE;

/*
 * Writes scheme, host, port and path of a URL that came from outside, the
 * escaped and shortened form that may be shown: without user, password, query
 * and fragment, which may be secrets. "" when it is not a URL of http or https.
 * SIZE is at least 8.
 */
void url_show(const char *url, char *shown, size_t size);

/*
 * The password in a URL, or its field "token", decoded: *PASSWORD, to be freed,
 * or NULL when it has neither. 0, or -1 without memory.
 */
int url_password(const char *url, char **password) MUST_USE;

/* NULL, or why the URL is not one of a proxy: a constant. */
const char *url_check_proxy(const char *url);

#endif
