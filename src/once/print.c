#include "once/print.h"

void
print_json_string(FILE *to, const char *text, size_t size)
{
	size_t i;

	putc_unlocked('"', to);
	for (i = 0; i < size; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			putc_unlocked('\\', to);
		if (c < 0x20)
			fprintf(to, "\\u%04x", c);
		else
			putc_unlocked(c, to);
	}
	putc_unlocked('"', to);
}
