/*
 * page_about.h: what a page of a cohort says of itself, for the journal.
 */
#ifndef PAGE_ABOUT_H
#define PAGE_ABOUT_H

#include "users/object.h"

/* A token of the text; NULL: there is none. */
struct page_token {
	const char *start;
	size_t size;
};

/* A string or a number each. */
struct page_about {
	struct page_token project, cohort, name, session;
	struct page_token page, pages; /* this one, of how many */
};

/* Takes a parameter of the page, if it is one of these. */
void page_about_take(
    struct page_about *about, const struct object_member *member);

#endif
