#include "once/pack.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

/* The largest `:[since,snapshot],`, also as block.h reads it. */
#define NUMBERS 64

#define EACH(byte) (0x0101010101010101u * (byte))

/* Is one of the eight bytes below LIMIT, which is at most 0x80? Then not 0. */
static uint64_t
has_below(uint64_t word, unsigned limit)
{
	return (word - EACH(limit)) & ~word & EACH(0x80);
}

/* Does an id need no escape? Most do not. */
static bool
is_plain(const struct token_text *id)
{
	uint64_t word, odd = 0;
	size_t i;

	for (i = 0; i < id->size; i += sizeof word) {
		const size_t left = id->size - i;

		word = EACH(' ');
		memcpy(&word, id->text + i,
		    left < sizeof word ? left : sizeof word);
		odd |= has_below(word, 0x20) | has_below(word ^ EACH('"'), 1) |
		       has_below(word ^ EACH('\\'), 1);
	}
	return odd == 0;
}

/* Puts an id with its quotes; there is room. */
static char *
put_id(char *to, const struct token_text *id)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	*to++ = '"';
	if (is_plain(id)) {
		memcpy(to, id->text, id->size);
		to += id->size;
		*to++ = '"';
		return to;
	}
	for (i = 0; i < id->size; i++) {
		const unsigned char c = (unsigned char)id->text[i];

		if (c == '"' || c == '\\')
			*to++ = '\\';
		if (c >= 0x20) {
			*to++ = (char)c;
			continue;
		}
		memcpy(to, "\\u00", 4);
		to[4] = digits[c >> 4];
		to[5] = digits[c & 15];
		to += 6;
	}
	*to++ = '"';
	return to;
}

static char *
put_number(char *to, sqlite3_int64 number)
{
	char digits[24], *digit = digits;
	sqlite3_uint64 rest = (sqlite3_uint64)number;

	if (number < 0) {
		*to++ = '-';
		rest = 0 - rest;
	}
	do
		*digit++ = (char)('0' + rest % 10);
	while (rest /= 10);
	while (digit > digits)
		*to++ = *--digit;
	return to;
}

static char *
put_numbers(char *to, const struct person *person)
{
	if (person->numbers.size > 0) {
		memcpy(to, person->numbers.text, person->numbers.size);
		return to + person->numbers.size;
	}
	memcpy(to, ":[null", 6);
	to = person->is_in ? put_number(to + 2, person->since) : to + 6;
	*to++ = ',';
	to = put_number(to, person->snapshot);
	*to++ = ']';
	return to;
}

static bool
is_full(const struct pack *pack, const struct token_text *id)
{
	return pack->people.size + 2 * id->size + pack->first.size +
		   pack->hashes.size + NUMBERS >
	       BLOCK_SIZE;
}

static int
add(struct pack *pack, const struct person *person)
{
	const struct token_text *id = &person->id;
	struct bytes *people = &pack->people;
	const uint16_t hash = block_hash(id);
	char *to;

	if (people->size == 0)
		pack->hashes.size = 0;
	if ((people->size == 0 &&
		bytes_set(&pack->first, id->text, id->size) < 0) ||
	    bytes_set(&pack->last, id->text, id->size) < 0 ||
	    bytes_grow(&pack->hashes, pack->hashes.size + 2) < 0 ||
	    bytes_grow(people, people->size + 6 * id->size + NUMBERS) < 0)
		return state_fail_with(
		    pack->state, EX_TEMPFAIL, strerror(ENOMEM));
	pack->hashes.text[pack->hashes.size++] = (char)(hash & 255);
	pack->hashes.text[pack->hashes.size++] = (char)(hash >> 8);
	to = people->text + people->size;
	*to++ = people->size == 0 ? '{' : ',';
	to = put_id(to, id);
	to = put_numbers(to, person);
	people->size = (size_t)(to - people->text);
	return 0;
}

int
pack_add(struct pack *pack, const struct person *person)
{
	if (pack->people.size > 0 && is_full(pack, &person->id) &&
	    pack_end(pack) < 0)
		return -1;
	return add(pack, person);
}

int
pack_end(struct pack *pack)
{
	const sqlite3_int64 numbers[] = {pack->roster, pack->number};
	const struct token_text first = bytes_text(&pack->first);
	const struct token_text last = bytes_text(&pack->last);
	const struct token_text hashes = bytes_text(&pack->hashes);
	sqlite3_stmt *statement;
	struct token_text people;

	if (pack->people.size == 0)
		return 0;
	pack->people.text[pack->people.size++] = '}';
	people = bytes_text(&pack->people);
	pack->people.size = 0;
	statement = state_use(pack->state, pack->into, 2, numbers);
	if (pack->number > 0)
		pack->number++;
	else
		sqlite3_bind_null(statement, 2);
	state_bind_blob(statement, 3, &first);
	state_bind_blob(statement, 4, &last);
	state_bind_blob(statement, 5, &hashes);
	state_bind_text(statement, 6, &people);
	return state_run(pack->state, statement);
}

void
pack_free(struct pack *pack)
{
	bytes_free(&pack->people);
	bytes_free(&pack->first);
	bytes_free(&pack->last);
	bytes_free(&pack->hashes);
}
