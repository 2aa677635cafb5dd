/*
 * page.h: the head of a page of a cohort, in front of its members. Source:
 * Mixpanel's docs, "Cohort sync: webhooks", as of August 2026.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdint.h>

#include "base/attributes.h"
#include "send/body.h"

#define PAGE_SESSION 37 /* bytes of a UUID as text, its '\0' included */

struct page {
	const char *action, *project, *id, *name, *session;
	uint64_t number, total; /* from 1 */
};

/* A random UUID, version 4 of RFC 9562. 0, or -1 and errno. */
int page_new_session(char session[PAGE_SESSION]) MUST_USE;

/* Begins BODY with the head. 0, or -1 and ENOMEM. */
int page_begin(struct body *body, const struct page *page) MUST_USE;

#endif
