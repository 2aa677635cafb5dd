#include "once/people.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "once/lookup.h"
#include "once/merge.h"
#include "once/order.h"
#include "once/pack.h"

#define AHEAD ((size_t)8)

_Static_assert(PEOPLE_MAX <= SIEVE_MAX, "all are looked up together");

struct people {
	struct state *state;
	size_t count;
	struct slot slots[PEOPLE_MAX]; /* one for each call of people_note */
	bool are_of_one;               /* roster */
	/* The slots of all people, each once, by rosters and ids. */
	struct order order[PEOPLE_MAX];
	size_t ordered;
	struct block block;
	union { /* Either while the slots are sorted, or looked up. */
		struct order spare[PEOPLE_MAX];
		struct sieve sieve;
	} room;
};

/* Some of the order, of one roster. */
struct part {
	size_t from, end;
};

struct people *
people_open(struct state *state)
{
	/* Without writing to what most runs need a part of. */
	struct people *people = malloc(sizeof *people);

	if (!people)
		return NULL;
	people->state = state;
	people->count = people->ordered = 0;
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
people_note(struct people *people, uint16_t group, const struct token_text *id)
{
	const size_t number = people->count++;

	/* The hash now, while the id is in the processor's cache. */
	people->slots[number] = (struct slot){
	    .person.id = *id, .group = group, .same = (uint16_t)number};
	people->order[number] =
	    (struct order){block_start(id), (uint32_t)number, block_hash(id)};
}

static void
set_rosters(struct people *people, const int64_t *rosters)
{
	struct slot *slot = people->slots;
	const struct slot *end = slot + people->count;

	people->are_of_one = true;
	for (; slot < end; slot++) {
		slot->roster = rosters[slot->group];
		people->are_of_one &= slot->roster == people->slots->roster;
	}
}

static int
compare(const struct people *people, const struct order *one,
    const struct order *other)
{
	const struct slot *a = &people->slots[one->number];
	const struct slot *b = &people->slots[other->number];

	if (a->roster != b->roster)
		return a->roster < b->roster ? -1 : 1;
	if (one->key != other->key)
		return one->key < other->key ? -1 : 1;
	return block_compare(&a->person.id, &b->person.id);
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
	order_sort(order, people->room.spare, people->count);
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

/* Keeps one slot of each person in the order. */
static void
join_same(struct people *people)
{
	struct order *order = people->order, *last = order;
	size_t i;

	for (i = 1; i < people->count; i++) {
		if (compare(people, last, &order[i]) != 0)
			*++last = order[i];
		else
			people->slots[order[i].number].same =
			    (uint16_t)last->number;
	}
	people->ordered = people->count ? (size_t)(last - order) + 1 : 0;
}

static int64_t
roster_at(const struct people *people, size_t at)
{
	return people->slots[people->order[at].number].roster;
}

/* The part behind END; nobody is in the last one. */
static struct part
part_behind(const struct people *people, size_t end)
{
	struct part part = {end, end};

	while (part.end < people->ordered &&
	       roster_at(people, part.end) == roster_at(people, end))
		part.end++;
	return part;
}

static struct part
part_of(const struct people *people, int64_t roster)
{
	struct part part = part_behind(people, 0);

	while (part.from < part.end && roster_at(people, part.from) != roster)
		part = part_behind(people, part.end);
	return part;
}

static int
load(struct people *people, struct part part)
{
	const struct lookup lookup = {.slots = people->slots,
	    .order = people->order + part.from,
	    .count = part.end - part.from};

	return lookup_people(
	    people->state, &lookup, &people->block, &people->room.sieve);
}

int
people_load(struct people *people, const int64_t *rosters)
{
	struct part part;

	set_rosters(people, rosters);
	sort(people);
	join_same(people);
	for (part = part_behind(people, 0); part.from < part.end;
	     part = part_behind(people, part.end))
		if (load(people, part) < 0)
			return -1;
	return 0;
}

int
people_load_roster(struct people *people, int64_t roster)
{
	const struct part part = part_of(people, roster);
	struct slot *slot;
	size_t at;

	for (at = part.from; at < part.end; at++) {
		slot = &people->slots[people->order[at].number];
		slot->person = (struct person){.id = slot->person.id};
		slot->is_stored = slot->is_changed = false;
	}
	return load(people, part);
}

struct person *
people_get(struct people *people, size_t number)
{
	return &people->slots[people->slots[number].same].person;
}

void
people_change(struct people *people, size_t number)
{
	people->slots[people->slots[number].same].is_changed = true;
}

static int
save(struct people *people, struct part part)
{
	struct pack pack = {
	    .state = people->state, .roster = roster_at(people, part.from)};
	bool are_some = false;
	struct slot *slot;
	int result = 0;

	for (; part.from < part.end && result == 0; part.from++) {
		const struct order *order = &people->order[part.from];

		/* Into the processor's cache: ids are anywhere in the input. */
		if (part.from + 2 * AHEAD < part.end) {
			slot = &people->slots[order[2 * AHEAD].number];
			__builtin_prefetch(&slot->person);
			__builtin_prefetch(&slot->is_changed);
			slot = &people->slots[order[AHEAD].number];
			__builtin_prefetch(slot->person.id.text);
		}
		slot = &people->slots[order->number];
		if (!slot->is_changed)
			continue;
		slot->is_changed = false;
		are_some = true;
		pack.waste += slot->is_stored || !slot->person.is_in;
		result = pack_add(&pack, &slot->person, order->hash);
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
	struct part part;

	for (part = part_behind(people, 0); part.from < part.end;
	     part = part_behind(people, part.end))
		if (save(people, part) < 0)
			return -1;
	return 0;
}

int
people_save_roster(struct people *people, int64_t roster)
{
	const struct part part = part_of(people, roster);

	return part.from < part.end ? save(people, part) : 0;
}

void
people_clear(struct people *people)
{
	size_t i;

	for (i = 0; i < people->count; i++)
		token_text_free(&people->slots[i].person.id);
	people->count = people->ordered = 0;
}
