/*
 * page.h: the lines of a page of a cohort, as slices of its text.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "users/scan.h"
#include "users/users.h"

/* {0} is empty. */
struct page {
	struct iovec *pieces; /* owned; four a member behind the first */
	size_t count, room;   /* of pieces */
	size_t members;
	char *parameters; /* owned: ,NAME:VALUE for each that is kept */
	size_t size;
};

/* Adds a member of the rule user_rule_member. 0, or -1: no memory. */
int page_add(struct page *page, const struct scan_user *member) MUST_USE;

/* Keeps a parameter, whose name and value are tokens. 0, or -1 and errno:
   ENOMEM or EMSGSIZE, over PAYLOAD_MAX_PARAMETERS (payload.h). */
int page_keep(struct page *page, const struct scan_user *name,
    const struct scan_user *value) MUST_USE;

/*
 * Moves the lines to USERS. ACTION is a token. HAS_PLACE: without a member the
 * page itself is a line. 0, or -1: no memory.
 */
int page_finish(struct page *page, const char *action, size_t size,
    bool has_place, struct users *users) MUST_USE;

void page_free(struct page *page);

#endif
