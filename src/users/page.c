#include "users/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "users/payload.h"

#define OPENING "{\"$distinct_id\":"
#define PROPERTIES ",\"$properties\":"
#define COHORT ",\"$cohort\":{\"action\":"
#define CLOSING "}}\n"
#define LENGTH(text) (sizeof(text) - 1)

/* A line's pieces: its id, PROPERTIES, the member, and from COHORT on. */
#define PIECES 4

static int
make_room(struct page *page)
{
	const size_t room = page->room ? 2 * page->room : 1 + 16 * PIECES;
	struct iovec *larger;

	if (page->room - page->count >= PIECES)
		return 0;
	larger = realloc(page->pieces, room * sizeof *larger);
	if (!larger)
		return -1;
	page->pieces = larger;
	page->room = room;
	return 0;
}

int
page_add(struct page *page, const struct scan_user *member)
{
	const struct user_member *id = user_rule_id(&member->values);
	struct iovec *piece;

	if (make_room(page) < 0)
		return -1;
	if (page->count == 0)
		page->count = 1;
	piece = page->pieces + page->count;
	piece[0] =
	    (struct iovec){member->start + id->start, id->end - id->start};
	piece[2] = (struct iovec){
	    member->start, (size_t)(member->end - member->start)};
	page->count += PIECES;
	page->members++;
	return 0;
}

int
page_keep(struct page *page, const struct scan_user *name,
    const struct scan_user *value)
{
	const size_t name_size = (size_t)(name->end - name->start);
	const size_t value_size = (size_t)(value->end - value->start);
	const size_t size = page->size + name_size + value_size + 2;
	char *larger, *to;

	if (size > PAYLOAD_MAX_PARAMETERS) {
		errno = EMSGSIZE;
		return -1;
	}
	larger = realloc(page->parameters, size);
	if (!larger)
		return -1;
	to = larger + page->size;
	*to++ = ',';
	memcpy(to, name->start, name_size);
	to += name_size;
	*to++ = ':';
	memcpy(to, value->start, value_size);
	page->parameters = larger;
	page->size = size;
	return 0;
}

static char *
put(char *to, const char *text, size_t size)
{
	if (size > 0)
		memcpy(to, text, size);
	return to + size;
}

/* The pieces that all lines share. */
struct frame {
	char *text; /* owned */
	struct iovec opening, properties, cohort;
};

/* 0, or -1: no memory. */
static int
frame_make(struct frame *frame, const struct page *page, const char *action,
    size_t size)
{
	const size_t cohort =
	    LENGTH(COHORT) + size + page->size + LENGTH(CLOSING);
	char *to;

	to = frame->text = malloc(
	    LENGTH(OPENING) + LENGTH(PROPERTIES) + cohort + LENGTH(OPENING));
	if (!to)
		return -1;
	frame->opening = (struct iovec){to, LENGTH(OPENING)};
	to = put(to, OPENING, LENGTH(OPENING));
	frame->properties = (struct iovec){to, LENGTH(PROPERTIES)};
	to = put(to, PROPERTIES, LENGTH(PROPERTIES));
	frame->cohort = (struct iovec){to, cohort};
	to = put(to, COHORT, LENGTH(COHORT));
	to = put(to, action, size);
	to = put(to, page->parameters, page->size);
	to = put(to, CLOSING, LENGTH(CLOSING));
	(void)put(to, OPENING, LENGTH(OPENING));
	return 0;
}

/* The piece behind a member closes its line, and opens the next one. */
static size_t
fill(struct page *page, const struct frame *frame)
{
	struct iovec *piece = page->pieces;
	size_t i, size = 0;

	piece[0] = frame->opening;
	for (i = 1; i < page->count; i += PIECES) {
		piece[i + 1] = frame->properties;
		piece[i + 3] = frame->cohort;
		piece[i + 3].iov_len += frame->opening.iov_len;
	}
	piece[page->count - 1].iov_len -= frame->opening.iov_len;
	for (i = 0; i < page->count; i++)
		size += piece[i].iov_len;
	return size;
}

/* The line of a page without a member. */
static int
fill_empty(struct page *page, const struct frame *frame)
{
	if (make_room(page) < 0)
		return -1;
	page->pieces[0] = frame->cohort;
	*(char *)frame->cohort.iov_base = '{';
	page->count = 1;
	return 0;
}

int
page_finish(struct page *page, const char *action, size_t size, bool has_place,
    struct users *users)
{
	struct frame frame;

	users->count = page->members;
	if (page->members == 0 && !has_place)
		return 0;
	if (frame_make(&frame, page, action, size) < 0)
		return -1;
	users->frame = frame.text;
	if (page->members > 0)
		users->size = fill(page, &frame);
	else if (fill_empty(page, &frame) == 0)
		users->size = frame.cohort.iov_len;
	else
		return -1;
	users->pieces = page->pieces;
	users->piece_count = page->count;
	page->pieces = NULL;
	return 0;
}

void
page_free(struct page *page)
{
	free(page->pieces);
	free(page->parameters);
	*page = (struct page){0};
}
