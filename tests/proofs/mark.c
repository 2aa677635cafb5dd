/* `mark`: any text of SIZE bytes. */
#include "proof.h"
#include VERSION

void
proof(void)
{
	uint64_t marks[SIZE / WIDE_MARKS + 1];
	char text[SIZE], c;
	size_t at;

	/* Any place; the text does not change either. */
	__CPROVER_assume(at < (SIZE / WIDE_MARKS + 1) * WIDE_MARKS);
	c = at < SIZE ? text[at] : '\0';
	blocks_mark(text, SIZE, marks);
	assert((marks[at / WIDE_MARKS] >> at % WIDE_MARKS & 1) ==
	       (c == '"' || c == '\\' || (unsigned char)c < ' '));
	assert(at >= SIZE || text[at] == c);
}
