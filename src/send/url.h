/*
 * url.h: the URLs on the command line, as libcurl reads them.
 */
#ifndef URL_H
#define URL_H

#include "base/attributes.h"

/*
 * Checks an URL and writes it without user, password, the field "token" of its
 * query and fragment, in one spelling of its scheme and host, to *CLEAN, to be
 * freed. 0, or -1, NULL in *CLEAN and a constant in *WHY.
 */
int url_clean(const char *url, char **clean, const char **why) MUST_USE;

/* NULL, or why the URL of a proxy is none: a constant. */
const char *url_check_proxy(const char *url);

#endif
