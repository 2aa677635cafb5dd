#include "once/people.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "once/lookup.h"
#include "once/merge.h"
#include "once/order.h"
#include "once/pack.h"

_Static_assert(PEOPLE_MAX <= SIEVE_MAX, "all are looked up together");

/* A call of people_note. */
struct mention {
	sqlite3_int64 roster;
	struct token_text id;
	uint32_t hash;
};

struct people {
	struct state *state;
	size_t count, slots;
	bool are_of_one; /* roster */
	struct mention mentions[PEOPLE_MAX];
	struct order order[PEOPLE_MAX], spare[PEOPLE_MAX]; /* of mentions */
	struct slot slot[PEOPLE_MAX]; /* in the order of rosters and ids */
	uint32_t places[PEOPLE_MAX];  /* of mentions, in `slot` */
	struct lookup lookup;
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
	people->lookup.block = (struct block){.at = NULL};
	return people;
}

void
people_free(struct people *people)
{
	if (!people)
		return;
	people_clear(people);
	block_free(&people->lookup.block);
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
	const size_t number = people->count++;

	/* Now, while the id is in the processor's cache. */
	people->mentions[number] = (struct mention){
	    .roster = roster, .id = *id, .hash = block_hash(id)};
	people->order[number] =
	    (struct order){block_start(id), (uint32_t)number};
	people->are_of_one =
	    number == 0 ||
	    (people->are_of_one && people->mentions[0].roster == roster);
}

static int
compare(const struct people *people, const struct order *one,
    const struct order *other)
{
	const struct mention *a = &people->mentions[one->number];
	const struct mention *b = &people->mentions[other->number];

	if (a->roster != b->roster)
		return a->roster < b->roster ? -1 : 1;
	if (one->key != other->key)
		return one->key < other->key ? -1 : 1;
	return block_compare(&a->id, &b->id);
}

static int
compare_orders(const void *one, const void *other, void *people)
{
	return compare(people, one, other);
}

/* Sorts by rosters and ids. */
static void
sort(struct people *people)
{
	struct order *order = people->order;
	size_t from, to;

	if (!people->are_of_one) {
		qsort_r(order, people->count, sizeof *order, compare_orders,
		    people);
		return;
	}
	order_sort(order, people->spare, people->count);
	/* Those who begin alike. */
	for (from = 0; from < people->count; from = to) {
		to = from + 1;
		while (to < people->count && order[to].key == order[from].key)
			to++;
		if (to - from > 1)
			qsort_r(order + from, to - from, sizeof *order,
			    compare_orders, people);
	}
}

/* Gives each person a slot. */
static void
place(struct people *people)
{
	const struct order *order = people->order, *end = order + people->count;
	const struct mention *mention;
	struct slot *slot = people->slot;

	sort(people);
	for (; order < end; order++) {
		mention = &people->mentions[order->number];
		if (slot == people->slot ||
		    compare(people, order - 1, order) != 0) {
			*slot = (struct slot){.person.id = mention->id,
			    .roster = mention->roster,
			    .hash = mention->hash};
			slot->person.id.owner = NULL;
			slot++;
		}
		people->places[order->number] =
		    (uint32_t)(slot - people->slot - 1);
	}
	people->slots = (size_t)(slot - people->slot);
}

/* The end of the slots that have the roster of FROM. */
static struct slot *
end_of(struct slot *from, const struct slot *end)
{
	struct slot *to = from;

	while (to < end && to->roster == from->roster)
		to++;
	return to;
}

int
people_load(struct people *people)
{
	struct slot *from = people->slot, *end, *to;

	place(people);
	end = people->slot + people->slots;
	for (; from < end; from = to) {
		to = end_of(from, end);
		if (lookup_people(people->state, &people->lookup, from, to) < 0)
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
		   ? lookup_people(people->state, &people->lookup, from, end)
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
	people->slot[people->places[number]].is_changed = true;
}

/* Those of one roster. 0, or -1. */
static int
save_some(struct people *people, struct slot *slot, const struct slot *end)
{
	struct pack pack = {.state = people->state, .roster = slot->roster};
	int result = 0;
	bool are_some = false;

	for (; slot < end && result == 0; slot++) {
		if (!slot->is_changed)
			continue;
		slot->is_changed = false;
		are_some = true;
		pack.waste += slot->is_stored || !slot->person.is_in;
		result = pack_add(&pack, &slot->person, slot->hash);
	}
	if (result == 0)
		result = pack_end(&pack);
	pack_free(&pack);
	if (result == 0 && are_some)
		result = merge_if_many(people->state, pack.roster);
	return result;
}

int
people_save(struct people *people)
{
	struct slot *from = people->slot, *to;
	const struct slot *end = people->slot + people->slots;

	for (; from < end; from = to) {
		to = end_of(from, end);
		if (save_some(people, from, to) < 0)
			return -1;
	}
	return 0;
}

int
people_save_roster(struct people *people, sqlite3_int64 roster)
{
	struct slot *from = first_of(people, roster);
	const struct slot *end = first_of(people, roster + 1);

	return from < end ? save_some(people, from, end) : 0;
}

void
people_clear(struct people *people)
{
	size_t i;

	for (i = 0; i < people->count; i++)
		token_text_free(&people->mentions[i].id);
	people->count = people->slots = 0;
}
