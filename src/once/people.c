#include "once/people.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "once/lookup.h"
#include "once/pack.h"

/* A call of people_note. */
struct mention {
	uint64_t start; /* of the id, so that most comparisons are of numbers */
	sqlite3_int64 roster;
	struct token_text id;
	size_t number;
};

struct people {
	struct state *state;
	size_t count, slots;
	struct mention mentions[PEOPLE_MAX];
	struct slot slot[PEOPLE_MAX]; /* in the order of rosters and ids */
	size_t places[PEOPLE_MAX];    /* of mentions, in `slot` */
	struct block block;
};

struct people *
people_open(struct state *state)
{
	/* Without writing to what most runs need a part of. */
	struct people *people = malloc(sizeof *people);

	if (!people)
		return NULL;
	people->state = state;
	people->count = people->slots = 0;
	people->block = (struct block){.at = NULL};
	return people;
}

void
people_free(struct people *people)
{
	if (!people)
		return;
	people_clear(people);
	block_free(&people->block);
	free(people);
}

size_t
people_count(const struct people *people)
{
	return people->count;
}

void
people_note(
    struct people *people, sqlite3_int64 roster, const struct token_text *id)
{
	struct mention *mention = &people->mentions[people->count];
	size_t i;

	*mention = (struct mention){
	    .roster = roster, .id = *id, .number = people->count++};
	for (i = 0; i < sizeof mention->start; i++)
		mention->start = mention->start << 8 |
				 (i < id->size ? (uint8_t)id->text[i] : 0);
}

static int
compare(const void *one, const void *other)
{
	const struct mention *a = one, *b = other;

	if (a->roster != b->roster)
		return a->roster < b->roster ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return block_compare(&a->id, &b->id);
}

/* Gives each person a slot. */
static void
place(struct people *people)
{
	const struct mention *mention;
	struct slot *slot = NULL;
	size_t i;

	qsort(
	    people->mentions, people->count, sizeof *people->mentions, compare);
	people->slots = 0;
	for (i = 0; i < people->count; i++) {
		mention = &people->mentions[i];
		if (i == 0 || compare(mention - 1, mention) != 0) {
			slot = &people->slot[people->slots++];
			*slot = (struct slot){.person.id = mention->id,
			    .roster = mention->roster,
			    .hash = block_hash(&mention->id)};
			slot->person.id.owner = NULL;
		}
		people->places[mention->number] = people->slots - 1;
	}
}

int
people_load(struct people *people)
{
	struct slot *from = people->slot, *end, *to;

	if (people->count > 0)
		place(people);
	end = people->slot + people->slots;
	for (; from < end; from = to) {
		for (to = from + 1; to < end && to->roster == from->roster;)
			to++;
		if (lookup_people(people->state, &people->block, from, to) < 0)
			return -1;
	}
	return 0;
}

/* The first slot of ROSTER, or of the next one. */
static struct slot *
first_of(struct people *people, sqlite3_int64 roster)
{
	size_t low = 0, high = people->slots;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (people->slot[middle].roster < roster)
			low = middle + 1;
		else
			high = middle;
	}
	return &people->slot[low];
}

int
people_load_roster(struct people *people, sqlite3_int64 roster)
{
	struct slot *from = first_of(people, roster);
	struct slot *end = first_of(people, roster + 1), *slot;

	for (slot = from; slot < end; slot++)
		*slot = (struct slot){.person.id = slot->person.id,
		    .roster = roster,
		    .hash = slot->hash};
	return from < end
		   ? lookup_people(people->state, &people->block, from, end)
		   : 0;
}

struct person *
people_get(struct people *people, size_t number)
{
	return &people->slot[people->places[number]].person;
}

void
people_change(struct people *people, size_t number)
{
	struct slot *slot = &people->slot[people->places[number]];

	slot->is_changed = true;
	slot->person.numbers.size = 0;
}

static int
save(struct people *people, struct slot *slot, const struct slot *end)
{
	struct pack pack = {.state = people->state, .into = STATE_ADD_CHANGES};
	int result = 0;

	for (; slot < end && result == 0; slot++) {
		if (!slot->is_changed)
			continue;
		if (pack.roster != slot->roster)
			result = pack_end(&pack);
		pack.roster = slot->roster;
		if (result == 0)
			result = pack_add(&pack, &slot->person);
		slot->is_changed = false;
	}
	if (result == 0)
		result = pack_end(&pack);
	pack_free(&pack);
	return result;
}

int
people_save(struct people *people)
{
	return save(people, people->slot, people->slot + people->slots);
}

int
people_save_roster(struct people *people, sqlite3_int64 roster)
{
	return save(
	    people, first_of(people, roster), first_of(people, roster + 1));
}

void
people_clear(struct people *people)
{
	size_t i;

	for (i = 0; i < people->count; i++)
		token_text_free(&people->mentions[i].id);
	people->count = people->slots = 0;
}
