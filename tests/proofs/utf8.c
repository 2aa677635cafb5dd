/* `is_utf8`: any text of SIZE bytes. */
#include "proof.h"
#include VERSION

/* RFC 3629, section 4: what the next bytes of a character may be. */
static bool
is_utf8_slowly(const unsigned char *text, size_t size)
{
	unsigned char min = 0x80, max = 0xbf;
	unsigned more = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		const unsigned char c = text[i];

		if (more > 0) {
			if (c < min || c > max)
				return false;
			min = 0x80;
			max = 0xbf;
			more--;
		} else if (c >= 0x80) {
			if (c < 0xc2 || c > 0xf4)
				return false;
			more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
			min = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
			max = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
		}
	}
	return more == 0;
}

void
proof(void)
{
	char text[SIZE];

	assert(IS_UTF8(text, SIZE) ==
	       is_utf8_slowly((const unsigned char *)text, SIZE));
}
