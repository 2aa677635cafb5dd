#include "once/keys.h"

#include <stdlib.h>
#include <sys/types.h>

#include "once/block.h"

struct key {
	struct token_text text;
	struct docket_entry *entry;
};

static bool
has_key(const struct docket_entry *entry)
{
	return entry->kind == LINE_OTHER && entry->value.start &&
	       *entry->value.start != 'n';
}

/* The first line with a key is the first one. */
static int
compare_keys(const void *one, const void *other)
{
	const struct key *a = one, *b = other;
	const int order = block_compare(&a->text, &b->text);

	return order ? order : (a->entry > b->entry) - (a->entry < b->entry);
}

/* The keys of the lines, in order. How many, or -1: no memory. */
static ssize_t
find_keys(struct docket *docket, struct key *keys)
{
	struct docket_entry *entry = docket->entries;
	const struct docket_entry *end = entry + docket->count;
	ssize_t count = 0;

	for (; entry < end; entry++) {
		entry->passes = !has_key(entry);
		if (entry->passes)
			continue;
		/* It is one that line.h has found good. */
		if (token_decode(entry->value.start, entry->value.end,
			&keys[count].text) < 0)
			break;
		keys[count++].entry = entry;
	}
	if (entry < end)
		while (count > 0)
			token_text_free(&keys[--count].text);
	if (entry < end)
		return -1;
	qsort(keys, (size_t)count, sizeof *keys, compare_keys);
	return count;
}

static struct state_row *
use_key(struct state *state, const struct docket *docket, const struct key *key,
    const int64_t times[2])
{
	struct state_row *row = state_use(state, STATE_PUT_KEY, 2, times);

	state_bind_text(row, 3, &docket->campaign);
	state_bind_blob(row, 4, &key->text);
	return row;
}

/* The clock was ahead when the key was noted: AGAIN begins now. 0, or -1. */
static int
turn_back(struct state *state, const struct docket *docket,
    const struct key *key, int64_t now)
{
	struct state_row *row = state_use(state, STATE_TURN_BACK_KEY, 1, &now);

	state_bind_text(row, 2, &docket->campaign);
	state_bind_blob(row, 3, &key->text);
	return state_run(state, row);
}

/* Some keys. 0, or -1. */
static int
note_some(struct state *state, const struct docket *docket, struct key *keys,
    size_t count, const int64_t times[2])
{
	int is_new = 0;
	size_t i;

	for (i = 0; i < count && times[1] > 0; i++)
		if (turn_back(state, docket, &keys[i], times[0]) < 0)
			return -1;
	for (i = 0; i < count; i++)
		if (state_ask(state, use_key(state, docket, &keys[i], times)) <
		    0)
			return -1;
	for (i = 0; i < count && is_new >= 0; i++) {
		is_new = state_answer(state);
		keys[i].entry->passes = is_new > 0;
	}
	return is_new < 0 ? -1 : 0;
}

int
keys_note(
    struct state *state, struct docket *docket, int64_t now, int64_t again)
{
	const int64_t times[] = {now, again};
	struct key *keys = malloc((docket->count + 1) * sizeof *keys);
	ssize_t count = keys ? find_keys(docket, keys) : -1, i;
	int result = count < 0 ? state_fail_memory(state) : 0;

	for (i = 0; i < count && result == 0; i += STATE_TOGETHER)
		result = note_some(state, docket, keys + i,
		    (size_t)(count - i < STATE_TOGETHER ? count - i
							: STATE_TOGETHER),
		    times);
	for (i = 0; i < count; i++)
		token_text_free(&keys[i].text);
	free(keys);
	return result;
}
