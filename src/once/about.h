/*
 * about.h: the $cohort of a line: what is done, to which cohort, by which page
 * of which sync.
 */
#ifndef ABOUT_H
#define ABOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "once/line.h"

#define ABOUT_TOTAL_MAX 1000000000

struct about {
	enum about_action {
		ABOUT_MEMBERS,
		ABOUT_ADD,
		ABOUT_REMOVE,
	} action;
	/* Empty without them. */
	struct token_text project, cohort, name, session;
	/* Both 1 without a page_info; both 0: it says no page of a total. */
	int64_t total, page;
};

/*
 * Reads an object, which line.h has found. 0 and what about_free releases; or
 * -1 and WHY, a constant without data, or NULL: no memory.
 */
int about_read(
    struct line_value object, struct about *about, const char **why) MUST_USE;
void about_free(struct about *about);

/*
 * The members of such an object but those about one page: the action and
 * page_info. Each begins with a comma. To be freed; NULL: no memory.
 */
char *about_copy_rest(struct line_value object) MUST_USE;

#endif
