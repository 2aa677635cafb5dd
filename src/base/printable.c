#include "base/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ESCAPE_SIZE (sizeof "\\xHH" - 1)

/* Unicode 15, category Cc from U+0080 on, and the bidirectional controls. */
static bool
is_control(uint32_t character)
{
	return character < 0xa0 || character == 0x061c ||
	       (character >= 0x200e && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) ||
	       character == 0xfeff;
}

/* The size of the character at TEXT, from 0x80 on; 0: none that is shown as it
   is. RFC 3629, section 3. */
static size_t
size_of_character(const unsigned char *text, size_t size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t character = text[0] & (0x7fu >> length);
	size_t i;

	if (text[0] < 0xc2 || text[0] > 0xf4 || size < length)
		return 0;
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (text[i] & 0x3fu);
	}
	return character < least[length] || character > 0x10ffff ||
		       (character >= 0xd800 && character <= 0xdfff) ||
		       is_control(character)
		   ? 0
		   : length;
}

size_t
printable_copy(char *to, size_t room, const char *text, size_t size)
{
	char *const start = to, *const last = to + room - 1;
	size_t length, copied;
	char escape[ESCAPE_SIZE + 1];

	for (; size > 0; text += length, size -= length) {
		const unsigned char byte = (unsigned char)*text;
		const char *from = text;

		length = byte >= 0x80 ? size_of_character(
					    (const unsigned char *)text, size)
				      : byte >= ' ' && byte != 0x7f;
		copied = length;
		if (length == 0) {
			snprintf(
			    escape, sizeof escape, "\\x%02x", (unsigned)byte);
			from = escape;
			copied = ESCAPE_SIZE;
			length = 1;
		}
		if ((size_t)(last - to) < copied)
			break;
		memcpy(to, from, copied);
		to += copied;
	}
	*to = '\0';
	return (size_t)(to - start);
}
