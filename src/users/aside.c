#include "users/aside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
make_room(struct aside *aside, size_t size)
{
	size_t room = aside->room > 0 ? aside->room : 512;
	char *larger;

	while (room - aside->size < size)
		room *= 2;
	if (room == aside->room)
		return aside->lines + aside->size;
	larger = realloc(aside->lines, room);
	if (!larger)
		return NULL;
	aside->lines = larger;
	aside->room = room;
	return larger + aside->size;
}

int
aside_add(struct aside *aside, const char *why, size_t index,
    const char *element, size_t size)
{
	char head[256], *line;
	size_t head_size = (size_t)snprintf(head, sizeof head,
	    "{\"why\":\"%s\",\"index\":%zu,\"element\":", why, index);

	line = make_room(aside, head_size + size + 2);
	if (!line)
		return -1;
	memcpy(line, head, head_size);
	memcpy(line + head_size, element, size);
	memcpy(line + head_size + size, "}\n", 2);
	aside->size += head_size + size + 2;
	aside->count++;
	return 0;
}

void
aside_free(struct aside *aside)
{
	free(aside->lines);
	*aside = (struct aside){0};
}
