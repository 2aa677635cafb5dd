/* journal_inside.h: a journal in memory; of journal.c and journal_write.c. */
#ifndef JOURNAL_INSIDE_H
#define JOURNAL_INSIDE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/attributes.h"
#include "journal/block.h"
#include "journal/journal.h"
#include "journal/minutes.h"
#include "journal/writer.h"

#define JOURNAL_NO_DAY (-1)

struct journal {
	unsigned days;
	pthread_mutex_t mutex; /* over what follows, to the next comment */
	struct block *noted;   /* gets the next lines */
	struct minutes minutes;
	bool is_writing;  /* a thread writes */
	int error;        /* ... and could not, the last time; or 0 */
	bool is_unseen;   /* nobody has looked since at what it wrote to */
	int64_t full_day; /* its file has JOURNAL_DAY_MAX bytes; or
			     JOURNAL_NO_DAY */
	/* Of the thread that writes. */
	struct block *leaving; /* what could not be written is still in it */
	struct writer writer;
	bool is_torn; /* the file ends within a line */
	/* Of the thread that ticks. */
	bool is_reported;    /* that it cannot be written */
	int64_t reported_ms; /* when that was reported last, by clock_ms; 0 */
	int64_t kept_day;    /* on which days were removed; or JOURNAL_NO_DAY */
};

/*
 * Writes the lines that are leaving. 0, or -1 and errno: some of them are left.
 * Called without the mutex, by the thread that writes.
 */
int journal_write(struct journal *journal) MUST_USE;

#endif
