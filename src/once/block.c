#include "once/block.h"

#include <endian.h>
#include <string.h>

#include "base/ascii.h"
#include "users/json.h"

int
block_compare(const struct token_text *a, const struct token_text *b)
{
	const size_t size = a->size < b->size ? a->size : b->size;
	/* SQLite gives an empty blob as NULL. */
	const int difference = size > 0 ? memcmp(a->text, b->text, size) : 0;

	return difference ? difference
			  : (a->size > b->size) - (a->size < b->size);
}

uint16_t
block_hash(const struct token_text *id)
{
	uint64_t hash = id->size, word;
	const char *p = id->text;
	size_t left;

	/* The same on each machine: a STATE may be copied to another one. */
	for (left = id->size; left > sizeof word; left -= sizeof word) {
		memcpy(&word, p, sizeof word);
		hash = (hash ^ le64toh(word)) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
		p += sizeof word;
	}
	word = 0;
	memcpy(&word, p, left);
	hash = (hash ^ le64toh(word)) * 0x9e3779b97f4a7c15;
	return (uint16_t)(hash >> 48);
}

int
block_load(struct block *block, const void *text, size_t size)
{
	if (bytes_set(&block->copy, text, size) < 0)
		return -1;
	block->at = block->copy.text;
	block->end = block->at + size;
	block->is_ahead = false;
	return 0;
}

void
block_free(struct block *block)
{
	bytes_free(&block->copy);
}

/* The character of an escape without a code. */
static char
unescape_letter(char letter)
{
	static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *found = strchr(letters, letter);

	if (found && *found)
		return meant[found - letters];
	return letter;
}

/* Takes the escapes out of an id, in place. The quote behind it, or NULL. */
static char *
unescape(char *from, const char *end, struct token_text *id)
{
	char *to = from;
	int unit;

	for (; from < end && *from != '"'; from++) {
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		if (++from == end)
			return NULL;
		if (*from != 'u') {
			*to++ = unescape_letter(*from);
			continue;
		}
		/* Others are never escaped. */
		unit = json_escape_unit(from - 1, end);
		if (unit < 0 || unit >= 0x80)
			return NULL;
		*to++ = (char)unit;
		from += 4;
	}
	id->size = (size_t)(to - id->text);
	return from < end ? from : NULL;
}

/* block->id becomes the next id, and what follows it is at block->at. 1; 0 at
   the end; or -1. */
static int
next_id(struct block *block)
{
	char *at = block->at, *quote;

	if (block->is_ahead)
		return 1;
	if (!at || (block->end - at == 1 && *at == '}'))
		return 0;
	if (block->end - at < 4 ||
	    *at != (at == block->copy.text ? '{' : ',') || at[1] != '"')
		return -1;
	at += 2;
	quote = memchr(at, '"', (size_t)(block->end - at));
	if (!quote)
		return -1;
	block->id = (struct token_text){at, (size_t)(quote - at), NULL};
	if (memchr(at, '\\', block->id.size))
		quote = unescape(at, block->end, &block->id);
	if (!quote)
		return -1;
	block->at = quote + 1;
	block->is_ahead = true;
	return 1;
}

/* 0, or -1. */
static int
read_number(struct block *block, char behind, sqlite3_int64 *number)
{
	const char *p = block->at, *end = block->end;
	const bool is_negative = p < end && *p == '-';
	const char *start = p += is_negative;
	sqlite3_int64 value = 0;

	for (; p < end && p - start < 18 && ascii_is_digit(*p); p++)
		value = value * 10 + (*p - '0');
	if (p == start || p == end || *p != behind)
		return -1;
	block->at += p + 1 - block->at;
	*number = is_negative ? -value : value;
	return 0;
}

/* What stands behind an id. 1, or -1. */
static int
read_person(struct block *block, struct person *person)
{
	static const char null[] = ":[null,";
	const size_t size = sizeof null - 1;
	const char *start = block->at;

	*person =
	    (struct person){.id = block->id, .is_known = true, .is_in = true};
	block->is_ahead = false;
	if ((size_t)(block->end - block->at) < size)
		return -1;
	if (memcmp(block->at, null, size) == 0) {
		person->is_in = false;
		block->at += size;
	} else {
		if (memcmp(block->at, null, 2) != 0)
			return -1;
		block->at += 2;
		if (read_number(block, ',', &person->since) < 0)
			return -1;
	}
	if (read_number(block, ']', &person->snapshot) < 0)
		return -1;
	person->numbers =
	    (struct token_text){start, (size_t)(block->at - start), NULL};
	return 1;
}

int
block_next(struct block *block, struct person *person)
{
	const int found = next_id(block);

	return found > 0 ? read_person(block, person) : found;
}

int
block_find(
    struct block *block, const struct token_text *id, struct person *person)
{
	char *behind;
	int found, order;

	while ((found = next_id(block)) > 0) {
		order = block_compare(&block->id, id);
		if (order >= 0)
			return order > 0 ? 0 : read_person(block, person);
		behind =
		    memchr(block->at, ']', (size_t)(block->end - block->at));
		if (!behind)
			return -1;
		block->at = behind + 1;
		block->is_ahead = false;
	}
	return found;
}
