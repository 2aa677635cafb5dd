/*
 * lines.h: the lines of a file or of standard input. Memory does not grow with
 * them: what is longer than LINES_MAX is passed over in pieces.
 */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "send/reading.h"

/* Bytes; Mixpanel's own limit of a profile. */
#define LINES_MAX 1048576

struct lines {
	int fd;          /* or -1 */
	uint64_t number; /* of the last line, from 1 */
	uint64_t taken;  /* bytes, of all files since the struct was {0} */
	char *buffer;    /* owned */
	size_t start, end, room;
	bool at_end, is_skipping;
};

/* "-" is standard input. 0, or -1 and errno. LINES begin as {.fd = -1}. */
int lines_open(struct lines *lines, const char *file) MUST_USE;

bool lines_is_standard_input(const char *file);

/*
 * The next line without its '\n', in *LINE until the next call. READING_INVALID
 * for one that is too long: *LINE is its beginning, and further calls pass over
 * the rest. Never waits for a pipe, and not for the end of a long line.
 */
enum reading lines_next(
    struct lines *lines, char **line, size_t *size) MUST_USE;

/* What has been read already behind the last line, until the next call. */
char *lines_ahead(const struct lines *lines, size_t *size);

/* Takes SIZE bytes of them, so that the next line begins behind them; it is
   still the same line of the file. */
void lines_take_ahead(struct lines *lines, size_t size);

/* Keeps the memory, and errno. */
void lines_close(struct lines *lines);

void lines_free(struct lines *lines);

#endif
