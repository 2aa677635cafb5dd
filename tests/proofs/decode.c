/* `decode`: any form of SIZE bytes. */
#include "decode_slowly.h"
#include VERSION

void
proof(void)
{
	char text[SIZE], wanted[SIZE + 1], *end;
	const char *bad = NULL;
	size_t wanted_bad, i;
	int count = decode_slowly(text, SIZE, wanted, &wanted_bad);

	end = DECODE(text, text + SIZE, &bad);
	if (count < 0) {
		assert(!end && bad == text + wanted_bad);
		return;
	}
	assert(end == text + count);
	__CPROVER_assume(i < (size_t)count);
	assert(text[i] == wanted[i]);
}
