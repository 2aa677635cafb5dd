/*
 * wide.h: bytes of a request, 8 to 64 at a time.
 *
 * There is a version for each set of instructions. All of them do the same, and
 * none reads or writes a byte beyond what it was given.
 *
 * Ideas, no code: one bit a byte that a loop over blocks finds, and three
 * look-ups that check UTF-8, are those of simdjson (Langdale and Lemire,
 * https://arxiv.org/abs/1902.08318; Keiser and Lemire,
 * https://arxiv.org/abs/2010.03090).
 */
#ifndef WIDE_H
#define WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIDE_MARKS 64 /* bytes that a word of marks is about */

struct wide {
	const char *name;

	/*
	 * Decodes "%XX" and '+' of a form in place, up to END. Returns the new
	 * end, or NULL with *BAD at the first '%' without two hexadecimal
	 * digits behind it; the text is changed in any case.
	 */
	char *(*decode)(char *text, const char *end, const char **bad);

	/* Whether SIZE bytes of TEXT are whole characters of RFC 3629. */
	bool (*is_utf8)(const char *text, size_t size);

	/*
	 * Sets a bit, the lowest first, for each byte that a string of JSON
	 * cannot have as it is: '"', '\\', and those below ' '. There are
	 * SIZE / WIDE_MARKS + 1 words; the bits beyond SIZE are set.
	 */
	void (*mark)(const char *text, size_t size, uint64_t *marks);
};

/* The best version for this processor. */
const struct wide *wide_best(void);

/* The versions that this processor can run, the best one first. Returns how
   many there are. */
#define WIDE_VERSIONS 4
size_t wide_versions(const struct wide *versions[WIDE_VERSIONS]);

#endif
