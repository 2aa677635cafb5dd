#include "send/body.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define START "users=%5B"
#define SEPARATOR "%2C"
#define END "%5D"
#define LONGEST (sizeof START - 1)

void
body_clear(struct body *body)
{
	body->size = 0;
	body->users = 0;
}

static int
body_make_room(struct body *body, size_t size)
{
	size_t room = body->room ? body->room : 16384;
	char *bytes;

	if (size > SIZE_MAX / 4 - body->size) {
		errno = ENOMEM;
		return -1;
	}
	while (room < body->size + size)
		room *= 2;
	if (room == body->room)
		return 0;
	bytes = realloc(body->bytes, room);
	if (!bytes)
		return -1;
	body->bytes = bytes;
	body->room = room;
	return 0;
}

static void
append(struct body *body, const char *text)
{
	size_t size = strlen(text);

	memcpy(body->bytes + body->size, text, size);
	body->size += size;
}

/* What a byte becomes; '%' begins an escape. */
static const char written[256 + 1] =
    "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%+%%%%%%%%%*%%-.%0123456789%%%%%%"
    "%ABCDEFGHIJKLMNOPQRSTUVWXYZ%%%%_%abcdefghijklmnopqrstuvwxyz%%%%%"
    "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"
    "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%";

/* Writes three bytes for each, keeps one or all: no branch to guess wrong. */
static char *
encode(char *to, const char *from, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < size; i++) {
		const unsigned char c = (unsigned char)from[i];

		to[0] = written[c];
		to[1] = digits[c >> 4];
		to[2] = digits[c & 15];
		to += written[c] == '%' ? 3 : 1;
	}
	return to;
}

int
body_add(struct body *body, const char *user, size_t size)
{
	char *end;

	if (size > SIZE_MAX / 16) {
		errno = ENOMEM;
		return -1;
	}
	if (body_make_room(body, LONGEST + 3 * size) < 0)
		return -1;
	append(body, body->users > 0 ? SEPARATOR : START);
	end = encode(body->bytes + body->size, user, size);
	body->size = (size_t)(end - body->bytes);
	body->users++;
	return 0;
}

int
body_end(struct body *body)
{
	if (body_make_room(body, 2 * LONGEST) < 0)
		return -1;
	if (body->users == 0)
		append(body, START);
	append(body, END);
	return 0;
}

void
body_free(struct body *body)
{
	free(body->bytes);
	*body = (struct body){0};
}
