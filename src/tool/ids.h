/*
 * ids.h: the ids that an operator asks for, any bytes of UTF-8.
 *
 * Nothing here writes an id anywhere: a log is no place for it.
 */
#ifndef IDS_H
#define IDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct ids_one {
	char *text; /* owned */
	size_t size;
};

/* {0} is empty. */
struct ids {
	struct ids_one *all; /* owned: ids_free */
	size_t count, room;
	bool is_sorted;
};

/* 0, or -1: there is no memory. */
int ids_add(struct ids *ids, const char *text, size_t size) MUST_USE;

/*
 * Adds COUNT arguments, of which "-" stands for standard input, and the file
 * FROM unless it is NULL. Such a file has an id a line, as it is: without
 * quotes, and without an escape. An empty line, and a CR at the end of a line,
 * do not count. EX_OK, or an exit code after a message.
 */
int ids_take(struct ids *ids, char *const *arguments, int count,
    const char *from) MUST_USE;

bool ids_have(struct ids *ids, const char *text, size_t size);
void ids_free(struct ids *ids);

#endif
