/*
 * aside.h: the elements of a list that are JSON and not users, each as a line:
 *
 *     {"why":"no $distinct_id","index":17,"element":{"$properties":{}}}
 *
 * The index counts from 0 over all elements of the list.
 */
#ifndef ASIDE_H
#define ASIDE_H

#include <stddef.h>

#include "base/attributes.h"

/* {0} is empty. */
struct aside {
	char *lines;       /* owned: aside_free */
	size_t size, room; /* bytes, of the lines and allocated */
	size_t count;      /* of lines */
};

/*
 * Adds a line. WHY is a constant that needs no escape in JSON. SIZE bytes of
 * ELEMENT are valid JSON without a line end. 0, or -1 when there is no memory.
 */
int aside_add(struct aside *aside, const char *why, size_t index,
    const char *element, size_t size) MUST_USE;
void aside_free(struct aside *aside);

#endif
