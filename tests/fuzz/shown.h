/*
 * shown.h: what was accepted, for a JSON parser that is not ours. With SHOWN in
 * the environment, a target adds lines to the file of that name, as
 * tests/lib/same-json reads them.
 */
#ifndef SHOWN_H
#define SHOWN_H

#include "fuzz.h"

static inline void
shown_write(FILE *file, const void *bytes, size_t size, char end)
{
	const unsigned char *byte = bytes;
	size_t i;

	for (i = 0; i < size; i++)
		fprintf(file, "%02x", byte[i]);
	fputc(end, file);
}

static inline void
shown_add(const void *sent, size_t sent_size, const void *lines,
    size_t lines_size, const void *aside, size_t aside_size)
{
	const char *path = getenv("SHOWN");
	FILE *file;

	if (!path)
		return;
	file = fopen(path, "ae");
	HOLDS(file);
	shown_write(file, sent, sent_size, '\t');
	shown_write(file, lines, lines_size, '\t');
	shown_write(file, aside, aside_size, '\n');
	HOLDS(fclose(file) == 0);
}

#endif
