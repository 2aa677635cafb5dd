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
make_room(struct body *body, size_t size)
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

/* What becomes of a byte: so many of these bytes. */
struct code {
	char bytes[3];
	unsigned char size;
};

#define STAYS(c)                                                               \
	(((c) >= 'a' && (c) <= 'z') || ((c) >= 'A' && (c) <= 'Z') ||           \
	    ((c) >= '0' && (c) <= '9') || (c) == '*' || (c) == '-' ||          \
	    (c) == '.' || (c) == '_')
#define DIGIT(n) (char)((n) < 10 ? '0' + (n) : 'A' + (n)-10)
#define CODE(c)                                                                \
	{                                                                      \
		{STAYS(c)        ? (char)(c)                                   \
		    : (c) == ' ' ? '+'                                         \
				 : '%',                                        \
		    DIGIT((c) / 16), DIGIT((c) % 16)},                         \
		    STAYS(c) || (c) == ' ' ? 1 : 3                             \
	}
#define CODES(c) CODE(c), CODE((c) + 1), CODE((c) + 2), CODE((c) + 3)
#define ROW(c) CODES(c), CODES((c) + 4), CODES((c) + 8), CODES((c) + 12)
#define ROWS(c) ROW(c), ROW((c) + 16), ROW((c) + 32), ROW((c) + 48)

static const struct code codes[256] = {ROWS(0), ROWS(64), ROWS(128), ROWS(192)};

/* Writes three bytes for each, and keeps what belongs to it: no branch to
   guess wrong. */
static char *
encode(char *to, const char *from, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		const struct code *code = &codes[(unsigned char)from[i]];

		memcpy(to, code->bytes, sizeof code->bytes);
		to += code->size;
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
	if (make_room(body, LONGEST + 3 * size) < 0)
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
	if (make_room(body, 2 * LONGEST) < 0)
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
