/* The calls of a version that its loops in wide_blocks.h are made of: any
 * block. */
#include "proof.h"
#include VERSION

void
proof(void)
{
	char text[BLOCK], stored[BLOCK];
	const block x = block_load(text);
	const unsigned escape = block_escape(x);
	bool is_ascii = true;
	size_t i;

	__CPROVER_assume(i < BLOCK);
	block_store(stored, x);
	assert(stored[i] == text[i]);
	block_store(stored, block_spaces(x));
	assert(stored[i] == (text[i] == '+' ? ' ' : text[i]));
	assert(escape <= BLOCK);
	assert(escape == BLOCK || text[escape] == '%');
	assert(i >= escape || text[i] != '%');
	for (size_t j = 0; j < BLOCK; j++)
		is_ascii = is_ascii && !(text[j] & 0x80);
	assert(block_is_ascii(x) == is_ascii);
}
