/*
 * A step of the AVX2 version: any block, SIZE bytes above where it is decoded
 * to. As every step is right, so is a loop over them, for a text of any size.
 */
#include "proof.h"
#include VERSION

/* Is an escape of BLOCK at I? No '%' is a digit, so that none is in another. */
static bool
is_escape(const char *block, size_t i)
{
	return i < STRIDE && block[i] == '%';
}

static bool
is_bad(const char *block, size_t i)
{
	return is_escape(block, i) &&
	       (digit_of(block[i + 1]) > 15 || digit_of(block[i + 2]) > 15);
}

void
proof(void)
{
	char text[SIZE + BLOCK], before[BLOCK], wanted, *to = text;
	const char *from = text + SIZE;
	size_t i, j, size, gone = 0, escapes = 0;
	bool is_right, bad = false;

	for (j = 0; j < BLOCK; j++) {
		before[j] = text[SIZE + j];
	}
	for (j = 0; j < STRIDE; j++)
		bad = bad || is_bad(before, j);
	is_right = decode_block(&to, &from);
	size = (size_t)(from - (text + SIZE));

	/* Any byte of the block. */
	__CPROVER_assume(i < BLOCK);
	assert(is_right == !bad);
	if (!is_right) {
		assert(size == 0 && to == text);
		assert(text[SIZE + i] == before[i]);
		return;
	}
	assert(size == STRIDE + is_escape(before, STRIDE - 2) +
			   2 * is_escape(before, STRIDE - 1));
	for (j = 0; j < STRIDE; j++) {
		escapes += is_escape(before, j);
		if (j + 2 <= i)
			gone += 2 * is_escape(before, j);
	}
	assert(to == text + size - 2 * escapes);
	if (i >= size) {
		/* It is still to be read. */
		assert(text[SIZE + i] == before[i]);
	} else if (!is_escape(before, i) &&
		   (i < 1 || !is_escape(before, i - 1))) {
		wanted = before[i] == '+' ? ' ' : before[i];
		if (i >= 2 && is_escape(before, i - 2))
			wanted = (char)(digit_of(before[i - 1]) * 16 +
					digit_of(before[i]));
		assert(text[i - gone] == wanted);
	}
}
