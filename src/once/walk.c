#include "once/walk.h"

#include <stdlib.h>

#include "once/pack.h"

/* The packs that were written together: their ids are in order. A row of them
   is in hand. */
struct walk_run {
	int64_t at, end;   /* of rows: the one in hand, behind the last */
	int64_t left;      /* people */
	struct bytes text; /* of the row */
	struct block block;
	struct person person;
};

/* A run, by where its next id is. */
struct walk_next {
	uint64_t start; /* block_start */
	struct walk_run *run;
};

/* Goes to the next row of a run. 0, or -1. */
static int
walk_load(struct walk *walk, struct walk_run *run)
{
	int64_t numbers[] = {walk->roster, run->at, run->end};
	struct state_row *row =
	    state_use(walk->state, STATE_NEXT_MEMBERS, 3, numbers);
	const int found = state_step(walk->state, row);
	struct token_text text;
	struct person like;

	if (found < 0)
		return -1;
	if (found == 0)
		return state_fail_damaged(walk->state);
	run->at = state_number(row, 0);
	like = block_like(row, 1);
	text = state_text(row, 3);
	if (bytes_set(&run->text, text.text, text.size) < 0 ||
	    block_open(&run->block, &like, run->text.text, run->text.size) < 0)
		return state_fail_memory(walk->state);
	state_reset(row);
	/* So that the next row that is written has its place in the file. */
	numbers[1] = run->at;
	return walk->is_taking ? state_run(walk->state,
				     state_use(walk->state,
					 STATE_DELETE_MEMBERS, 2, numbers))
			       : 0;
}

/* The next person of a run: 1, 0 there is none, -1. */
static int
advance_run(struct walk *walk, struct walk_run *run)
{
	int found;

	if (run->left == 0)
		return 0;
	while ((found = block_next(&run->block, &run->person)) == 0)
		if (walk_load(walk, run) < 0)
			return -1;
	if (found < 0)
		return state_fail_damaged(walk->state);
	run->left--;
	walk->read++;
	return 1;
}

/* Does A come before B? The newest of one person comes first. */
static bool
is_before(const struct walk_next *a, const struct walk_next *b)
{
	int order;

	if (a->start != b->start)
		return a->start < b->start;
	order = block_compare(&a->run->person.id, &b->run->person.id);
	return order ? order < 0 : a->run > b->run;
}

static void
walk_sift(struct walk *walk, size_t at)
{
	struct walk_next *heap = walk->next, moved = heap[at];
	size_t next;

	while ((next = 2 * at + 1) < walk->count) {
		if (next + 1 < walk->count &&
		    is_before(&heap[next + 1], &heap[next]))
			next++;
		if (!is_before(&heap[next], &moved))
			break;
		heap[at] = heap[next];
		at = next;
	}
	heap[at] = moved;
}

/* The first run goes on to its next person. 0, or -1. */
static int
walk_advance(struct walk *walk)
{
	struct walk_next *first = walk->next;
	const int found = advance_run(walk, first->run);

	if (found < 0)
		return -1;
	if (found)
		first->start = block_start(&first->run->person.id);
	else
		*first = walk->next[--walk->count];
	if (walk->count > 0)
		walk_sift(walk, 0);
	return 0;
}

static int
add_run(struct walk *walk, const struct walk_run *run)
{
	const size_t room = walk->room * 2 + 16;
	struct walk_run *grown;

	if (walk->run_count == walk->room) {
		grown = realloc(walk->runs, room * sizeof *grown);
		if (!grown)
			return state_fail_memory(walk->state);
		walk->runs = grown;
		walk->room = room;
	}
	walk->runs[walk->run_count++] = *run;
	return 0;
}

/* In the order of their age. 0, or -1. */
static int
find_runs(struct walk *walk)
{
	const int64_t numbers[] = {walk->roster, walk->from};
	struct state_row *row = state_use(walk->state, STATE_RUNS, 2, numbers);
	int found;

	while ((found = state_step(walk->state, row)) > 0) {
		const struct walk_run run = {
		    .at = PACK_ROW(state_number(row, 0), 0) - 1,
		    .end = PACK_ROW(state_number(row, 1) + 1, 0),
		    .left = state_number(row, 2)};

		if (add_run(walk, &run) < 0)
			break;
	}
	state_reset(row);
	return found == 0 ? 0 : -1;
}

static int
find_newest(struct walk *walk)
{
	struct state_row *row =
	    state_use(walk->state, STATE_NEWEST_PACK, 1, &walk->roster);

	if (state_step(walk->state, row) < 0)
		return -1;
	walk->newest = state_number(row, 0);
	state_reset(row);
	return 0;
}

int
walk_begin(struct walk *walk)
{
	struct walk_run *run;
	size_t i;
	int found;

	if (find_newest(walk) < 0 || find_runs(walk) < 0)
		return -1;
	walk->next = calloc(walk->run_count + 1, sizeof *walk->next);
	if (!walk->next)
		return state_fail_memory(walk->state);
	for (i = 0; i < walk->run_count; i++) {
		run = &walk->runs[i];
		found = advance_run(walk, run);
		if (found < 0)
			return -1;
		if (found)
			walk->next[walk->count++] = (struct walk_next){
			    block_start(&run->person.id), run};
	}
	for (i = walk->count; i-- > 0;)
		walk_sift(walk, i);
	return 0;
}

/* Is the first person the one before, or in front of that one? */
static bool
is_past(const struct walk *walk)
{
	const struct token_text past = bytes_text(&walk->past);

	if (!past.text || walk->next->start != walk->past_start)
		return walk->next->start < walk->past_start;
	return block_compare(&walk->next->run->person.id, &past) <= 0;
}

int
walk_next(struct walk *walk, struct person *person)
{
	while (walk->count > 0 && is_past(walk))
		if (walk_advance(walk) < 0)
			return -1;
	if (walk->count == 0)
		return 0;
	*person = walk->next->run->person;
	walk->past_start = walk->next->start;
	return bytes_set(&walk->past, person->id.text, person->id.size) < 0
		   ? state_fail_memory(walk->state)
		   : 1;
}

void
walk_end(struct walk *walk)
{
	size_t i;

	for (i = 0; i < walk->run_count; i++) {
		bytes_free(&walk->runs[i].text);
		block_free(&walk->runs[i].block);
	}
	free(walk->runs);
	free(walk->next);
	bytes_free(&walk->past);
}
