#include "once/lookup.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sysexits.h>

/* A row in hand: number, first id, last id, and the hashes of all. */
struct row {
	struct state *state;
	sqlite3_stmt *statement;
	enum state_statement people; /* by number */
	struct block *block;
	bool is_loaded;
	const unsigned char *hashes;
	size_t count;
	int asked;         /* how often for a hash */
	uint64_t seen[32]; /* a bit for each of some bits of a hash */
};

/* After so many rows without a slot it is quicker to look for the next slot's
   row. At least 2: the first row may end in front of the slot. */
#define IDLE 4

/* For so many hashes it is quicker to look at all of the row. */
#define FEW 8

static struct token_text
column(sqlite3_stmt *statement, int which)
{
	const char *text = sqlite3_column_blob(statement, which);

	return (struct token_text){text ? text : "",
	    (size_t)sqlite3_column_bytes(statement, which), NULL};
}

/* The first slot whose id is not below ID. */
static struct slot *
seek(struct slot *from, const struct slot *end, const struct token_text *id)
{
	size_t count = (size_t)(end - from);

	while (count > 0) {
		const size_t half = count / 2;

		if (block_compare(&from[half].person.id, id) < 0) {
			from += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return from;
}

static unsigned
hash_at(const struct row *row, size_t i)
{
	return row->hashes[2 * i] | (unsigned)row->hashes[2 * i + 1] << 8;
}

static void
read_hashes(struct row *row)
{
	const struct token_text hashes = column(row->statement, 3);

	row->hashes = (const unsigned char *)hashes.text;
	row->count = hashes.size / 2;
	row->asked = 0;
}

static void
note_hashes(struct row *row)
{
	size_t i;

	memset(row->seen, 0, sizeof row->seen);
	for (i = 0; i < row->count; i++) {
		const unsigned hash = hash_at(row, i);

		row->seen[hash >> 6 & 31] |= (uint64_t)1 << (hash & 63);
	}
}

/* Is it one of them? Four at a time. */
static bool
has_hash(const struct row *row, unsigned hash)
{
	const uint64_t four = htole64(hash * (uint64_t)0x0001000100010001);
	const size_t size = 2 * row->count;
	uint64_t word, found = 0;
	size_t i;

	for (i = 0; i + sizeof word <= size; i += sizeof word) {
		memcpy(&word, row->hashes + i, sizeof word);
		word ^= four;
		found |=
		    (word - 0x0001000100010001) & ~word & 0x8000800080008000;
	}
	for (i /= 2; i < row->count; i++)
		found |= hash_at(row, i) == hash;
	return found != 0;
}

/* False: an id with this hash is not in the row. */
static bool
may_have(struct row *row, unsigned hash)
{
	if (row->asked++ == FEW)
		note_hashes(row);
	return (row->asked <= FEW ||
		   row->seen[hash >> 6 & 31] >> (hash & 63) & 1) &&
	       has_hash(row, hash);
}

/* Loads the people of the row. 0, or -1. */
static int
load(struct row *row)
{
	const sqlite3_int64 number = sqlite3_column_int64(row->statement, 0);
	sqlite3_stmt *people = state_use(row->state, row->people, 1, &number);
	struct token_text text;
	int found = state_step(row->state, people);

	if (found < 0)
		return -1;
	if (found == 0)
		return state_fail_damaged(row->state);
	text = column(people, 0);
	if (block_load(row->block, text.text, text.size) < 0)
		return state_fail_with(
		    row->state, EX_TEMPFAIL, strerror(ENOMEM));
	sqlite3_reset(people);
	row->is_loaded = true;
	return 0;
}

/* Fills a slot, if the row has it. 0, or -1. */
static int
fill(struct row *row, struct slot *slot)
{
	struct person person;
	int found;

	if (!may_have(row, slot->hash))
		return 0;
	if (!row->is_loaded && load(row) < 0)
		return -1;
	found = block_find(row->block, &slot->person.id, &person);
	if (found < 0)
		return state_fail_damaged(row->state);
	if (found) {
		person.id = slot->person.id;
		person.numbers.size = 0; /* the block's */
		slot->person = person;
	}
	return 0;
}

/*
 * Fills the slots that the row has: all of them, or those who are not known.
 * The first slot behind the row, or NULL.
 */
static struct slot *
take_row(struct row *row, bool is_all, struct slot *slot, struct slot *end)
{
	const struct token_text last = column(row->statement, 2);

	if (slot == end || block_compare(&slot->person.id, &last) > 0)
		return slot;
	row->is_loaded = false;
	read_hashes(row);
	for (; slot < end && block_compare(&slot->person.id, &last) <= 0;
	     slot++)
		if ((is_all || !slot->person.is_known) && fill(row, slot) < 0)
			return NULL;
	return slot;
}

/* The last row of `change` with a person counts. */
static int
take_changes(struct state *state, struct block *block, struct slot *from,
    struct slot *end)
{
	struct row row = {.state = state,
	    .statement = state_use(state, STATE_CHANGES, 1, &from->roster),
	    .people = STATE_CHANGE,
	    .block = block};
	struct token_text first;
	int found;

	while ((found = state_step(state, row.statement)) > 0) {
		first = column(row.statement, 1);
		if (!take_row(&row, true, seek(from, end, &first), end))
			break;
	}
	sqlite3_reset(row.statement);
	return found == 0 ? 0 : -1;
}

/*
 * From the row that could have the first slot's id, as long as rows have slots.
 * 1: rows are left; 0; -1.
 */
static int
take_members(struct state *state, struct block *block, struct slot **slot,
    struct slot *end)
{
	struct row row = {.state = state,
	    .statement =
		state_use(state, STATE_MEMBERS_FROM, 1, &(*slot)->roster),
	    .people = STATE_MEMBERS,
	    .block = block};
	struct slot *before;
	int found, idle = 0;

	state_bind_blob(row.statement, 2, &(*slot)->person.id);
	do {
		found = state_step(state, row.statement);
		if (found <= 0)
			break;
		before = *slot;
		*slot = take_row(&row, false, before, end);
		found = *slot ? 1 : -1;
		idle = *slot > before ? 0 : idle + 1;
	} while (found > 0 && idle < IDLE);
	sqlite3_reset(row.statement);
	return found;
}

int
lookup_people(struct state *state, struct block *block, struct slot *from,
    struct slot *end)
{
	int result = take_changes(state, block, from, end) < 0 ? -1 : 1;

	while (result > 0) {
		while (from < end && from->person.is_known)
			from++;
		result =
		    from < end ? take_members(state, block, &from, end) : 0;
	}
	return result;
}
