/* The texts of journal/entry.h, without their escapes. */
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "journal/entry.h"
#include "users/json.h"

#define REPLACEMENT 0xfffd

/* What a character takes in UTF-8: RFC 3629, section 3. */
static size_t
encode(unsigned long character, char to[4])
{
	static const unsigned char firsts[] = {0, 0, 0xc0, 0xe0, 0xf0};
	const size_t size = character < 0x80      ? 1
			    : character < 0x800   ? 2
			    : character < 0x10000 ? 3
						  : 4;
	size_t i;

	for (i = size - 1; i > 0; i--, character >>= 6)
		to[i] = (char)(0x80 | (character & 0x3f));
	to[0] = (char)(firsts[size] | character);
	return size;
}

/* The character of an escape \uXXXX, or of a pair of them; NUL and what is not
   a character are replaced. Returns what follows. */
static const char *
read_unit(const char *p, const char *end, unsigned long *character)
{
	const int unit = json_escape_unit(p, end);
	int low;

	*character = unit <= 0 ? REPLACEMENT : (unsigned long)unit;
	if (unit < 0)
		return p + 1;
	p += 6;
	if (unit < 0xd800 || unit > 0xdfff)
		return p;
	*character = REPLACEMENT;
	low = unit < 0xdc00 ? json_escape_unit(p, end) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return p;
	*character = 0x10000 + ((unsigned long)(unit - 0xd800) << 10) +
		     (unsigned long)(low - 0xdc00);
	return p + 6;
}

/* P is at a backslash. Returns what follows. */
static const char *
read_escape(const char *p, const char *end, unsigned long *character)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (end - p < 2 || !p[1] || !(letter = strchr(letters, p[1])))
		return read_unit(p, end, character);
	*character = (unsigned char)meant[letter - letters];
	return p + 2;
}

void
entry_text_show(struct entry_text text, char *to, size_t room)
{
	const char *p = text.size > 0 ? text.start : "";
	const char *const end = p + text.size, *next;
	char *const last = to + room - 1, decoded[4];
	unsigned long character = REPLACEMENT;
	const char *from;
	size_t size;

	for (; p < end; p = next) {
		from = p;
		next = *p ? utf8_skip(p, end) : NULL;
		size = next ? (size_t)(next - p) : 0;
		if (!next || *p == '\\') {
			character = REPLACEMENT;
			next = next ? read_escape(p, end, &character) : p + 1;
			size = encode(character, decoded);
			from = decoded;
		}
		if ((size_t)(last - to) < size)
			break;
		memcpy(to, from, size);
		to += size;
	}
	*to = '\0';
}
