/*
 * hours_members.h: the members of the lines in a file of hours; a part of
 * hours_file.c and hours_write.c.
 */
#ifndef HOURS_MEMBERS_H
#define HOURS_MEMBERS_H

#include <stddef.h>

#include "journal/hours_file.h"

#define HOURS_VERSION 1

enum hours_kind {
	HOURS_TEXT,    /* of `count` bytes, with its NUL */
	HOURS_NUMBER,  /* a uint64_t */
	HOURS_NUMBERS, /* `count` of them */
	HOURS_TIME,    /* an int64_t, not below 0 */
	HOURS_INT,     /* an int or unsigned, not above INT_MAX */
	HOURS_STATUSES /* struct summary_status */
};

struct hours_member {
	const char *name; /* NULL: the end of the list */
	enum hours_kind kind;
	size_t at, count;
};

/* Of hours_head, summary_campaign and summary_cohort. */
extern const struct hours_member hours_of_head[], hours_of_campaign[],
    hours_of_cohort[];

#endif
