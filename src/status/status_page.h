/*
 * status_page.h: what arrives, what waits and what was refused, as one page of
 * HTML: no script, nothing loaded, dark and light. For browsers (cgi/) and
 * `mixspool report`.
 */
#ifndef STATUS_PAGE_H
#define STATUS_PAGE_H

#include "status/facts.h"
#include "status/headline.h"
#include "status/html.h"

#define STATUS_PAGE_REFRESH 60 /* seconds */

/* What the page may load: nothing. */
#define STATUS_PAGE_POLICY "default-src 'none'; style-src 'unsafe-inline'"

struct status_page {
	const char *campaign; /* the page's only one, or NULL */
	const char *url;  /* to paste into Mixpanel; NULL: it is not known */
	const char *path; /* of the page of all campaigns, without a slash at
			     its end; NULL: no links */
	bool refreshes;   /* the browser loads it again by itself */
	bool can_pause;   /* "?pause" is a page that does not */
	bool has_token;   /* the secret is in the page's query, which links
			     would lose, and which the page must not have */
	struct headline_room room;
};

/* HTML may have failed afterwards. */
void status_page_write(struct html *html, const struct status_page *page,
    const struct facts *facts);

#endif
