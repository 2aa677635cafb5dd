/*
 * hours_members.h: the members of the lines in a file of hours; a part of
 * hours_file.c, hours_row.c and hours_write.c.
 */
#ifndef HOURS_MEMBERS_H
#define HOURS_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "journal/entry.h"
#include "journal/hours_file.h"

#define HOURS_VERSION 1

/* A status and its requests, for each. */
#define HOURS_STATUS_NUMBERS ((size_t)2 * SUMMARY_STATUSES)

enum hours_kind {
	HOURS_TEXT,    /* of `count` bytes, with its NUL */
	HOURS_NUMBER,  /* a uint64_t */
	HOURS_NUMBERS, /* `count` of them */
	HOURS_TIME,    /* an int64_t, not below 0 */
	HOURS_SMALL,   /* an unsigned, or an int that is not below 0 */
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

/* Fills a row from a line; members that it does not have stay as they are.
   False: the line is damaged. */
bool hours_read_row(struct entry_text line, const struct hours_member *members,
    void *row) MUST_USE;

#endif
