#include "once/bytes.h"

#include <stdlib.h>

int
bytes_grow_far(struct bytes *bytes, size_t size)
{
	/* More is needed of what has grown before. */
	const size_t room = size + 1 + (bytes->text ? size / 2 : 0);
	char *grown = realloc(bytes->text, room);

	if (!grown)
		return -1;
	bytes->text = grown;
	bytes->room = room;
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
