#include "once/lookup.h"

#include <endian.h>
#include <string.h>

#include "once/pack.h"

/* The pack that is looked through. */
struct search {
	struct state *state;
	const struct lookup *lookup;
	struct block *block;
	struct sieve *sieve;
	size_t left; /* slots that are not filled yet */
	int64_t pack;
	/* The row in hand, and which person of the pack is the next in it. */
	bool has_row;
	size_t next;
};

static struct slot *
slot_at(const struct lookup *lookup, size_t at)
{
	return &lookup->slots[lookup->order[at].number];
}

/* Could a pack with ids from FIRST to LAST have one of the slots? */
static bool
may_have(const struct lookup *lookup, const struct token_text *first,
    const struct token_text *last)
{
	size_t low = 0, high = lookup->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (block_compare(&slot_at(lookup, middle)->person.id, first) <
		    0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < lookup->count &&
	       block_compare(&slot_at(lookup, low)->person.id, last) <= 0;
}

/* Loads the row that has a place of the pack. 0, or -1. */
static int
lookup_load(struct search *search, size_t place)
{
	const int64_t numbers[] = {slot_at(search->lookup, 0)->roster,
	    PACK_ROW(search->pack, (int64_t)place)};
	struct state_row *row =
	    state_use(search->state, STATE_MEMBERS, 2, numbers);
	const int found = state_step(search->state, row);
	struct token_text text;
	struct person like;
	int64_t first;

	if (found < 0)
		return -1;
	first = found ? state_number(row, 0) : -1;
	if (first < PACK_ROW(search->pack, 0))
		return state_fail_damaged(search->state);
	like = block_like(row, 1);
	text = state_text(row, 3);
	if (block_open(search->block, &like, text.text, text.size) < 0)
		return state_fail_memory(search->state);
	search->has_row = true;
	search->next = (size_t)(first - PACK_ROW(search->pack, 0));
	return 0;
}

/* The person at a place, if the row in hand has it: 1, 0, -1. */
static int
read_at(struct search *search, size_t place, struct person *person)
{
	struct block *block = search->block;
	const int found = block_skip(block, place - search->next);

	search->next = place + 1;
	return found > 0 ? block_next(block, person) : found;
}

/* The person at a place of the pack, behind the one before. 0, or -1. */
static int
go_to(struct search *search, size_t place, struct person *person)
{
	int found = search->has_row ? read_at(search, place, person) : 0;

	if (found == 0) {
		if (lookup_load(search, place) < 0)
			return -1;
		found = read_at(search, place, person);
	}
	return found > 0 ? 0 : state_fail_damaged(search->state);
}

/* The person at a place has a hash that a slot may have. 0, or -1. */
static int
lookup_try(struct search *search, size_t place, uint32_t hash)
{
	struct person person;
	bool is_there = false;
	struct slot *slot;
	uint32_t at = 0;
	size_t number;

	while (sieve_next(search->sieve, hash, &at, &number)) {
		slot = slot_at(search->lookup, number);
		/* A newer pack has the person. */
		if (slot->is_stored)
			continue;
		if (!is_there && go_to(search, place, &person) < 0)
			return -1;
		is_there = true;
		if (block_compare(&person.id, &slot->person.id) != 0)
			continue;
		person.id = slot->person.id;
		slot->person = person;
		slot->is_stored = true;
		search->left--;
	}
	return 0;
}

static inline uint32_t
read_hash(const struct token_text *hashes, size_t at)
{
	uint32_t hash;

	memcpy(&hash, hashes->text + at * sizeof hash, sizeof hash);
	return le32toh(hash);
}

/* Some hashes from AT on. 0, or -1. */
static int
compare_some(struct search *search, const struct token_text *hashes, size_t at,
    size_t size)
{
	const struct sieve *sieve = search->sieve;
	int result = 0;
	uint32_t hash;

	for (; size-- > 0 && result == 0; at++) {
		hash = read_hash(hashes, at);
		if (sieve_bit(sieve, hash & sieve->bit_mask) & 1)
			result = lookup_try(search, at, hash);
	}
	return result;
}

/* Most are none of those that are looked for. 0, or -1. */
static int
compare_hashes(struct search *search, const struct token_text *hashes)
{
	const struct sieve *sieve = search->sieve;
	const size_t count = hashes->size / sizeof(uint32_t);
	const uint32_t mask = sieve->bit_mask;
	size_t at = 0;
	int result = 0;

	search->has_row = false;
	for (; at + 4 <= count && result == 0; at += 4)
		if ((sieve_bit(sieve, read_hash(hashes, at) & mask) |
			sieve_bit(sieve, read_hash(hashes, at + 1) & mask) |
			sieve_bit(sieve, read_hash(hashes, at + 2) & mask) |
			sieve_bit(sieve, read_hash(hashes, at + 3) & mask)) &
		    1)
			result = compare_some(search, hashes, at, 4);
	return result < 0 ? -1 : compare_some(search, hashes, at, count - at);
}

/* The newest pack with a person counts. 0, or -1. */
static int
look_through(struct search *search, int64_t roster)
{
	struct state_row *row =
	    state_use(search->state, STATE_PACKS, 1, &roster);
	struct token_text first, last, hashes;
	int found = 0, failed = 0;

	while (search->left > 0 && failed == 0 &&
	       (found = state_step(search->state, row)) > 0) {
		search->pack = state_number(row, 0);
		first = state_text(row, 1);
		last = state_text(row, 2);
		if (!may_have(search->lookup, &first, &last))
			continue;
		hashes = state_text(row, 3);
		failed = compare_hashes(search, &hashes);
	}
	state_reset(row);
	return found < 0 || failed ? -1 : 0;
}

int
lookup_people(struct state *state, const struct lookup *lookup,
    struct block *block, struct sieve *sieve)
{
	struct search search = {.state = state,
	    .lookup = lookup,
	    .block = block,
	    .sieve = sieve,
	    .left = lookup->count};
	size_t i;

	sieve_clear(sieve, lookup->count);
	for (i = 0; i < lookup->count; i++)
		sieve_add(sieve, lookup->order[i].hash, i);
	return lookup->count > 0
		   ? look_through(&search, slot_at(lookup, 0)->roster)
		   : 0;
}
