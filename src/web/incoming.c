#include "web/incoming.h"

#include <stdint.h>
#include <string.h>

void
incoming_begin(struct incoming *incoming)
{
	*incoming = (struct incoming){0};
}

/* Without overflow, however much a caller goes on to count. */
static void
incoming_add(size_t *sum, size_t size)
{
	*sum = *sum > SIZE_MAX - size ? SIZE_MAX : *sum + size;
}

void
incoming_count(struct incoming *incoming, size_t size)
{
	incoming_add(&incoming->all, size);
}

void
incoming_take_head(struct incoming *incoming, size_t size)
{
	incoming_add(&incoming->head, size);
}

void
incoming_take_text(struct incoming *incoming, const char *text, size_t size)
{
	const size_t room = sizeof incoming->text - incoming->text_size;

	incoming->is_cut |= size > room;
	if (size > room)
		size = room;
	memcpy(incoming->text + incoming->text_size, text, size);
	incoming->text_size += size;
}

size_t
incoming_line(const struct incoming *incoming)
{
	size_t size = 0;

	while (size < incoming->text_size && size < INCOMING_LINE &&
	       incoming->text[size] != '\r' && incoming->text[size] != '\n')
		size++;
	return size;
}

const char *
incoming_excess(const struct incoming *incoming)
{
	if (incoming->head > INCOMING_HEAD_MAX)
		return "the header of the answer is longer than 64 KiB";
	if (incoming->all > INCOMING_MAX)
		return "the answer is longer than 1 MiB";
	return NULL;
}
