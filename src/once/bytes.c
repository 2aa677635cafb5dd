#include "once/bytes.h"

#include <stdlib.h>
#include <string.h>

int
bytes_grow(struct bytes *bytes, size_t size)
{
	/* More is needed of what has grown before. */
	const size_t room = size + 1 + (bytes->text ? size / 2 : 0);
	char *grown;

	if (size <= bytes->room && bytes->text)
		return 0;
	grown = realloc(bytes->text, room);
	if (!grown)
		return -1;
	bytes->text = grown;
	bytes->room = room;
	return 0;
}

int
bytes_set(struct bytes *bytes, const void *text, size_t size)
{
	if (bytes_grow(bytes, size) < 0)
		return -1;
	if (size > 0)
		memcpy(bytes->text, text, size);
	bytes->size = size;
	return 0;
}

void
bytes_free(struct bytes *bytes)
{
	free(bytes->text);
	*bytes = (struct bytes){NULL, 0, 0};
}

struct token_text
bytes_text(const struct bytes *bytes)
{
	return (struct token_text){bytes->text, bytes->size, NULL};
}
