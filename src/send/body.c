#include "send/body.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST ((size_t)16) /* bytes of a part of a frame */

void
body_begin(struct body *body, const struct body_frame *frame)
{
	body->frame = frame;
	body->size = body->head = 0;
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

/* What each byte becomes, in columns of four: itself, '+' or an escape. */
static const char codes[256 * 4 + 1] =
    "%00 %01 %02 %03 %04 %05 %06 %07 %08 %09 %0A %0B %0C %0D %0E %0F "
    "%10 %11 %12 %13 %14 %15 %16 %17 %18 %19 %1A %1B %1C %1D %1E %1F "
    "+   %21 %22 %23 %24 %25 %26 %27 %28 %29 *   %2B %2C -   .   %2F "
    "0   1   2   3   4   5   6   7   8   9   %3A %3B %3C %3D %3E %3F "
    "%40 A   B   C   D   E   F   G   H   I   J   K   L   M   N   O   "
    "P   Q   R   S   T   U   V   W   X   Y   Z   %5B %5C %5D %5E _   "
    "%60 a   b   c   d   e   f   g   h   i   j   k   l   m   n   o   "
    "p   q   r   s   t   u   v   w   x   y   z   %7B %7C %7D %7E %7F "
    "%80 %81 %82 %83 %84 %85 %86 %87 %88 %89 %8A %8B %8C %8D %8E %8F "
    "%90 %91 %92 %93 %94 %95 %96 %97 %98 %99 %9A %9B %9C %9D %9E %9F "
    "%A0 %A1 %A2 %A3 %A4 %A5 %A6 %A7 %A8 %A9 %AA %AB %AC %AD %AE %AF "
    "%B0 %B1 %B2 %B3 %B4 %B5 %B6 %B7 %B8 %B9 %BA %BB %BC %BD %BE %BF "
    "%C0 %C1 %C2 %C3 %C4 %C5 %C6 %C7 %C8 %C9 %CA %CB %CC %CD %CE %CF "
    "%D0 %D1 %D2 %D3 %D4 %D5 %D6 %D7 %D8 %D9 %DA %DB %DC %DD %DE %DF "
    "%E0 %E1 %E2 %E3 %E4 %E5 %E6 %E7 %E8 %E9 %EA %EB %EC %ED %EE %EF "
    "%F0 %F1 %F2 %F3 %F4 %F5 %F6 %F7 %F8 %F9 %FA %FB %FC %FD %FE %FF ";

/* Writes three bytes for each, keeps one or all: no branch to guess wrong. */
static char *
encode(char *to, const char *from, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		const char *code = &codes[(size_t)4 * (unsigned char)from[i]];

		memcpy(to, code, 3);
		to += code[1] == ' ' ? 1 : 3;
	}
	return to;
}

int
body_put_head(struct body *body, const char *head, size_t size)
{
	if (body_make_room(body, size) < 0)
		return -1;
	memcpy(body->bytes, head, size);
	body->size = body->head = size;
	return 0;
}

static char *
copy(char *to, const char *from, size_t size)
{
	memcpy(to, from, size);
	return to + size;
}

int
body_add(struct body *body, const char *user, size_t size)
{
	const struct body_frame *frame = body->frame;
	char *end;

	if (size > SIZE_MAX / 16) {
		errno = ENOMEM;
		return -1;
	}
	if (body_make_room(body, LONGEST + (frame->is_form ? 3 * size : size)) <
	    0)
		return -1;
	append(body, body->users > 0 ? frame->separator : frame->start);
	end = (frame->is_form ? encode : copy)(
	    body->bytes + body->size, user, size);
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
		append(body, body->frame->start);
	append(body, body->frame->end);
	return 0;
}

void
body_free(struct body *body)
{
	free(body->bytes);
	*body = (struct body){0};
}
