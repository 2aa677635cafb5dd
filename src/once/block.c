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

uint64_t
block_start(const struct token_text *id)
{
	uint64_t word = 0;

	memcpy(
	    &word, id->text, id->size < sizeof word ? id->size : sizeof word);
	return be64toh(word);
}

static uint64_t
mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ le64toh(word)) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/* The same on each machine: a STATE may be copied to another one. The last
   eight bytes may be some of those before, too. */
uint32_t
block_hash(const struct token_text *id)
{
	const char *p = id->text, *end = p + id->size;
	uint64_t hash = id->size, word = 0;

	if (id->size < sizeof word) {
		memcpy(&word, p, id->size);
		return (uint32_t)mix(hash, word);
	}
	for (; (size_t)(end - p) > sizeof word; p += sizeof word) {
		memcpy(&word, p, sizeof word);
		hash = mix(hash, word);
	}
	memcpy(&word, end - sizeof word, sizeof word);
	return (uint32_t)mix(hash, word);
}

struct person
block_like(struct state_row *row, int column)
{
	return (struct person){.is_known = true,
	    .is_in = !state_is_null(row, column),
	    .since = state_number(row, column),
	    .snapshot = state_number(row, column + 1)};
}

bool
block_is_like(const struct person *a, const struct person *b)
{
	return a->is_in == b->is_in && a->since == b->since &&
	       a->snapshot == b->snapshot;
}

int
block_open(struct block *block, const struct person *like, const void *text,
    size_t size)
{
	block->like = *like;
	block->start = block->at = text;
	block->end = block->start + size;
	/* Most rows have none. */
	block->has_escapes = memchr(text, '\\', size) != NULL;
	return block->has_escapes ? bytes_grow(&block->id, size) : 0;
}

void
block_free(struct block *block)
{
	bytes_free(&block->id);
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

/* Takes the escapes out of an id, from FROM on. The quote behind it, or NULL.
 */
static const char *
unescape(struct block *block, const char *from, struct token_text *id)
{
	const char *end = block->end;
	char *to = block->id.text;
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
	block->id.size = (size_t)(to - block->id.text);
	*id = bytes_text(&block->id);
	return from < end ? from : NULL;
}

/* Reads the next id; what follows it is at block->at. 1; 0 at the end; or -1.
 */
static int
read_id(struct block *block, struct token_text *id)
{
	const char *at = block->at, *quote;

	if (!at || (block->end - at == 1 && *at == '}'))
		return 0;
	if (block->end - at < 4 || *at != (at == block->start ? '{' : ',') ||
	    at[1] != '"')
		return -1;
	at += 2;
	quote = memchr(at, '"', (size_t)(block->end - at));
	if (!quote)
		return -1;
	*id = (struct token_text){at, (size_t)(quote - at), NULL};
	if (block->has_escapes && memchr(at, '\\', id->size))
		quote = unescape(block, at, id);
	if (!quote)
		return -1;
	block->at = quote + 1;
	return 1;
}

/* 0, or -1. */
static int
read_number(struct block *block, char behind, int64_t *number)
{
	const char *p = block->at, *end = block->end;
	const bool is_negative = p < end && *p == '-';
	const char *start = p += is_negative;
	int64_t value = 0;

	for (; p < end && p - start < 18 && ascii_is_digit(*p); p++)
		value = value * 10 + (*p - '0');
	if (p == start || p == end || *p != behind)
		return -1;
	block->at = p + 1;
	*number = is_negative ? -value : value;
	return 0;
}

/* What stands behind an id. 1, or -1. */
static int
read_numbers(struct block *block, struct person *person)
{
	static const char null[] = ":[null,";
	const size_t size = sizeof null - 1;

	if ((size_t)(block->end - block->at) < size)
		return -1;
	if (memcmp(block->at, null, size) == 0) {
		person->is_in = false;
		person->since = 0;
		block->at += size;
	} else {
		if (memcmp(block->at, null, 2) != 0)
			return -1;
		person->is_in = true;
		block->at += 2;
		if (read_number(block, ',', &person->since) < 0)
			return -1;
	}
	return read_number(block, ']', &person->snapshot) < 0 ? -1 : 1;
}

static bool
is_like_row(const struct block *block)
{
	return block->end - block->at >= 2 && memcmp(block->at, ":0", 2) == 0;
}

int
block_next(struct block *block, struct person *person)
{
	int found;

	*person = block->like;
	found = read_id(block, &person->id);
	if (found <= 0)
		return found;
	if (!is_like_row(block))
		return read_numbers(block, person);
	block->at += 2;
	return 1;
}

int
block_skip(struct block *block, size_t count)
{
	struct token_text id;
	const char *behind;
	int found = 1;

	while (count-- > 0 && (found = read_id(block, &id)) > 0) {
		if (is_like_row(block)) {
			block->at += 2;
			continue;
		}
		behind =
		    memchr(block->at, ']', (size_t)(block->end - block->at));
		if (!behind)
			return -1;
		block->at = behind + 1;
	}
	return found;
}
