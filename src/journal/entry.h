/*
 * entry.h: a line of the journal. Texts are not NUL-terminated; NULL with size
 * 0 is a member that the line does not have. A reader's texts point into the
 * line.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct entry_text {
	const char *start;
	size_t size;
};

enum entry_kind {
	ENTRY_REQUEST, /* one request */
	ENTRY_MINUTE,  /* `requests` of one campaign and status */
	ENTRY_RUN,     /* one run of drain's command */
};

struct journal_entry {
	enum entry_kind kind;
	int64_t at_ms; /* since 1970, UTC: the answer, or the end */
	struct entry_text campaign; /* none: the request named none */
	uint64_t users;             /* stored, or handed over */

	/* Requests and minutes. */
	unsigned status;   /* 200, …; 0 in a run */
	uint64_t requests; /* 1 in a request */
	uint64_t aside, bytes;
	uint64_t ms; /* from the first header to the answer; a minute: of all */

	/* Requests. */
	struct entry_text format; /* form, cohort, alert, stream */
	struct entry_text why;    /* refused: the reason, as in the answer, or
				      shorter */
	struct entry_text batch;
	struct entry_text action, project, cohort, name,
	    session;          /* of a page */
	uint64_t page, pages; /* 0: unknown */
	uint64_t probe; /* 1: mixspool doctor asked, and nothing was stored */

	/* Runs. */
	struct entry_text command; /* its name, without folder and arguments */
	int exit;                  /* as of a shell: 128 + N for signal N */
	uint64_t run_ms;
};

/* Texts longer than this are cut at a whole character; so are those whose
   escapes take twice as much. */
#define ENTRY_TEXT_MAX 200

/* No line is longer, its end included. */
#define ENTRY_SIZE 4096

/* Writes a line with its end. Its size. */
size_t entry_write(
    const struct journal_entry *entry, char line[ENTRY_SIZE]) MUST_USE;

/*
 * Reads a line without its end. Unknown members are skipped; escapes stay in
 * the texts (entry_text_show). False: it is not a line of a journal, for
 * example one that was torn.
 */
bool entry_read(
    const char *line, size_t size, struct journal_entry *entry) MUST_USE;

/* Copies a text without its escapes, as UTF-8 with a NUL, cut to ROOM. */
void entry_text_show(struct entry_text text, char *to, size_t room);

#endif
