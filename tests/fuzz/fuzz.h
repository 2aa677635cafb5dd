/*
 * fuzz.h: what every fuzz target includes.
 *
 * A target is one file with LLVMFuzzerTestOneInput; libFuzzer finds the inputs.
 * What does not hold ends the process, and libFuzzer keeps the input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define HOLDS(condition)                                                       \
	((condition) ? (void)0 : fuzz_fails(__FILE__, __LINE__, #condition))

static inline void __attribute__((noreturn))
fuzz_fails(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

/* Owned, and without a byte to spare, so that the sanitizer sees overruns. */
static inline char *
fuzz_copy(const void *data, size_t size)
{
	char *copy = malloc(size + !size);

	HOLDS(copy);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

/* The same with a NUL behind it; it ends at the first one in DATA. */
static inline char *
fuzz_text(const void *data, size_t size)
{
	char *text = malloc(size + 1);

	HOLDS(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
