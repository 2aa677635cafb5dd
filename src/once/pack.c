#include "once/pack.h"

#include <endian.h>
#include <string.h>

/* The largest `:[since,snapshot],`, also as block.h reads it. */
#define NUMBERS 64

#define EACH(byte) (0x0101010101010101u * (byte))

/* Is one of the eight bytes below LIMIT, which is at most 0x80? Then not 0. */
static inline uint64_t
has_below(uint64_t word, unsigned limit)
{
	return (word - EACH(limit)) & ~word & EACH(0x80);
}

/* Copies eight bytes of an id. Not 0: one of them needs an escape. */
static inline uint64_t
copy_word(char *to, const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof word);
	memcpy(to, &word, sizeof word);
	return has_below(word, 0x20) | has_below(word ^ EACH('"'), 1) |
	       has_below(word ^ EACH('\\'), 1);
}

static char *
put_escaped(char *to, const struct token_text *id)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

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
	return to;
}

/* Puts an id without its quotes; there is room. Most need no escape. */
static char *
put_id(char *to, const struct token_text *id)
{
	const size_t size = id->size;
	uint64_t odd = 0;
	size_t i;

	if (size < sizeof odd)
		return put_escaped(to, id);
	for (i = 0; i + sizeof odd < size; i += sizeof odd)
		odd |= copy_word(to + i, id->text + i);
	odd |= copy_word(to + size - sizeof odd, id->text + size - sizeof odd);
	return odd ? put_escaped(to, id) : to + size;
}

static char *
put_number(char *to, int64_t number)
{
	char digits[24], *digit = digits;
	uint64_t rest = (uint64_t)number;

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

/* What stands behind an id; there is room. */
static char *
put_numbers(char *to, const struct pack *pack, const struct person *person)
{
	if (block_is_like(person, &pack->like)) {
		memcpy(to, ":0", 2);
		return to + 2;
	}
	memcpy(to, ":[null", 6);
	to = person->is_in ? put_number(to + 2, person->since) : to + 6;
	*to++ = ',';
	to = put_number(to, person->snapshot);
	*to++ = ']';
	return to;
}

static bool
is_row_full(const struct pack *pack, const struct token_text *id)
{
	return pack->people.size + id->size + NUMBERS > BLOCK_SIZE;
}

/* Writes the row in hand, if there is one. 0, or -1. */
static int
end_row(struct pack *pack)
{
	const int64_t numbers[] = {pack->roster,
	    PACK_ROW(pack->number, pack->row), pack->like.snapshot,
	    pack->like.since};
	struct state_row *statement;
	struct token_text people;

	if (pack->people.size == 0)
		return 0;
	pack->people.text[pack->people.size++] = '}';
	people = bytes_text(&pack->people);
	pack->people.size = 0;
	pack->row = pack->size;
	statement = state_use(pack->state, STATE_ADD_MEMBERS, 4, numbers);
	if (!pack->like.is_in)
		state_bind_text(statement, 4, NULL);
	state_bind_text(statement, 5, &people);
	return state_run(pack->state, statement);
}

/* Writes the pack in hand, if there is one. 0, or -1. */
static int
end_pack(struct pack *pack)
{
	const int64_t numbers[] = {pack->number, pack->roster, pack->run,
	    pack->size, pack->waste, pack->snapshot};
	const struct token_text first = bytes_text(&pack->first);
	const struct token_text last = bytes_text(&pack->last);
	const struct token_text hashes = bytes_text(&pack->hashes);
	struct state_row *statement;

	if (pack->size == 0)
		return 0;
	if (end_row(pack) < 0)
		return -1;
	statement = state_use(pack->state, STATE_ADD_PACK, 6, numbers);
	state_bind_blob(statement, 7, &first);
	state_bind_blob(statement, 8, &last);
	state_bind_blob(statement, 9, &hashes);
	pack->number++;
	pack->waste = pack->size = pack->row = 0;
	return state_run(pack->state, statement);
}

/* 0, or -1. */
static int
begin_pack(struct pack *pack, const struct person *person)
{
	struct state_row *newest;

	if (pack->number == 0) {
		newest =
		    state_use(pack->state, STATE_NEWEST_PACK, 1, &pack->roster);
		if (state_step(pack->state, newest) < 0)
			return -1;
		pack->number = state_number(newest, 0) + 1;
		state_reset(newest);
	}
	if (pack->run == 0)
		pack->run = pack->number;
	pack->snapshot = person->snapshot;
	pack->hashes.size = 0;
	return bytes_set(&pack->first, person->id.text, person->id.size) < 0
		   ? state_fail_memory(pack->state)
		   : 0;
}

/* 0, or -1: no memory. */
static int
pack_put(struct pack *pack, const struct person *person, uint32_t hash)
{
	const struct token_text *id = &person->id;
	const uint32_t bytes = htole32(hash);
	struct bytes *people = &pack->people, *hashes = &pack->hashes;
	char *to;

	if (bytes_set(&pack->last, id->text, id->size) < 0 ||
	    bytes_grow(hashes, hashes->size + sizeof bytes) < 0 ||
	    bytes_grow(people, people->size + 6 * id->size + NUMBERS) < 0)
		return -1;
	if (people->size == 0)
		pack->like = *person;
	memcpy(hashes->text + hashes->size, &bytes, sizeof bytes);
	hashes->size += sizeof bytes;
	to = people->text + people->size;
	*to++ = people->size == 0 ? '{' : ',';
	*to++ = '"';
	to = put_id(to, id);
	*to++ = '"';
	to = put_numbers(to, pack, person);
	people->size = (size_t)(to - people->text);
	pack->size++;
	if (person->snapshot < pack->snapshot)
		pack->snapshot = person->snapshot;
	return 0;
}

int
pack_add(struct pack *pack, const struct person *person, uint32_t hash)
{
	if (pack->size == PACK_MAX && end_pack(pack) < 0)
		return -1;
	if (pack->size == 0 && begin_pack(pack, person) < 0)
		return -1;
	if (pack->people.size > 0 && is_row_full(pack, &person->id) &&
	    end_row(pack) < 0)
		return -1;
	return pack_put(pack, person, hash) < 0 ? state_fail_memory(pack->state)
						: 0;
}

int
pack_end(struct pack *pack)
{
	const int result = end_pack(pack);

	pack->run = 0;
	return result;
}

void
pack_free(struct pack *pack)
{
	bytes_free(&pack->people);
	bytes_free(&pack->first);
	bytes_free(&pack->last);
	bytes_free(&pack->hashes);
}
