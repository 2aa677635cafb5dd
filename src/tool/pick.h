/*
 * pick.h: the lines of a batch that are about some people, and all others.
 *
 * A batch is read once to count its lines, and again to write some of them,
 * which few batches need. They go to a file in tmp/, so that no reader sees a
 * part.
 */
#ifndef PICK_H
#define PICK_H

#include "base/attributes.h"
#include "spool/batches.h"
#include "tool/batch_lines.h"
#include "tool/ids.h"
#include "tool/person.h"

/* Ends with pick_free. */
struct pick {
	struct ids *ids; /* borrowed; no id: everybody is wanted */
	bool is_aside;   /* the lines are those of aside/ */
	struct batch_lines lines;
	char *buffer; /* owned: what is to be written */
	size_t size;
};

/* How many lines a batch has. */
struct pick_counts {
	size_t wanted, others;
	size_t unknown; /* of the others: see person.h */
};

/*
 * Calls, from where FILE is, for one line after another. A line is LINE, SIZE,
 * without its end. 1, 0 at the end, or -1 and errno.
 */
int pick_next(struct pick *pick, const char **line, size_t *size,
    enum person *person) MUST_USE;

/* Counts the lines of an open batch, from its beginning. 0, or -1 and errno. */
int pick_count(
    struct pick *pick, int file, struct pick_counts *counts) MUST_USE;

/*
 * Makes a durable file NAME in TMP, of the campaign FOLDER, with the lines of
 * an open batch that are wanted, or with the others; each has an end. It gets
 * the permissions of FILE, and as root its owner. 0, or -1 and errno: nothing
 * is there.
 */
int pick_write(struct pick *pick, int file, bool wanted, int folder, int tmp,
    const char *name) MUST_USE;

void pick_free(struct pick *pick);

/* Removes NAME, which the caller made, and keeps errno. Always -1. */
int pick_undo(int folder, const char *name);

#endif
