#include "once/docket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

int
docket_open(struct docket *docket, struct state *state, const char *campaign)
{
	docket->state = state;
	docket->campaign =
	    (struct token_text){campaign, strlen(campaign), NULL};
	docket->people = people_open(state);
	docket->entries = malloc(DOCKET_MAX * sizeof *docket->entries);
	return docket->people && docket->entries ? 0 : -1;
}

void
docket_close(struct docket *docket)
{
	docket_clear(docket);
	people_free(docket->people);
	free(docket->places);
	free(docket->rosters);
	free(docket->entries);
}

void
docket_clear(struct docket *docket)
{
	while (docket->place_count > 0)
		about_free(&docket->places[--docket->place_count].about);
	if (docket->people)
		people_clear(docket->people);
	docket->count = 0;
	docket->needs_form = false;
}

struct roster_key
docket_key(const struct docket *docket, const struct about *about)
{
	return (struct roster_key){false, docket->campaign, about->project,
	    about->cohort, about->name};
}

struct line_value
docket_last_object(const struct docket *docket)
{
	return docket->place_count > 0
		   ? docket->places[docket->place_count - 1].object
		   : (struct line_value){NULL, NULL};
}

bool
docket_ends_in(const struct docket *docket, const struct docket_place *place)
{
	const struct docket_entry *last = &docket->entries[docket->count - 1];

	return last->kind == LINE_COHORT &&
	       &docket->places[last->place] == place;
}

static bool
is_last_place(const struct docket *docket, struct line_value object)
{
	const size_t size = (size_t)(object.end - object.start);
	const struct line_value last = docket_last_object(docket);

	return last.start && (size_t)(last.end - last.start) == size &&
	       memcmp(last.start, object.start, size) == 0;
}

static int
make_room(struct docket *docket)
{
	const size_t room = docket->place_room * 2 + 16;
	struct docket_place *grown;

	if (docket->place_count < docket->place_room)
		return 0;
	grown = realloc(docket->places, room * sizeof *grown);
	if (!grown)
		return -1;
	docket->places = grown;
	docket->place_room = room;
	return 0;
}

static int
find_place(struct docket *docket, struct line_value object, const char **why)
{
	struct docket_place place = {.object = object};

	if (is_last_place(docket, object))
		return 0;
	if (make_room(docket) < 0 || about_read(object, &place.about, why) < 0)
		return -1;
	docket->places[docket->place_count++] = place;
	return 0;
}

static void
note_form(struct docket *docket)
{
	if (!docket->needs_form)
		docket->form_place = docket->place_count;
	docket->needs_form = true;
}

int
docket_add(struct docket *docket, uint64_t at, struct line_value text,
    struct line *line, const char **why)
{
	struct docket_entry *entry = &docket->entries[docket->count];

	*why = NULL;
	if (line->kind == LINE_COHORT && !line->is_last_cohort &&
	    find_place(docket, line->cohort, why) < 0)
		return -1;
	if (line->kind == LINE_FORM)
		note_form(docket);
	*entry = (struct docket_entry){.text = text,
	    .at = at,
	    .value = line->kind == LINE_OTHER ? line->key : line->properties,
	    .kind = (uint8_t)line->kind,
	    .has_id = line->kind != LINE_OTHER && line->has_id};
	if (line->kind == LINE_COHORT)
		entry->place = (uint16_t)(docket->place_count - 1);
	if (entry->has_id) {
		entry->person = (uint16_t)people_count(docket->people);
		people_note(docket->people,
		    line->kind == LINE_FORM ? 0 : (uint16_t)(entry->place + 1),
		    &line->id);
		line->id.owner = NULL;
	}
	docket->count++;
	return 0;
}

static int
find_form(struct docket *docket)
{
	const struct token_text none = {"", 0, NULL};
	const struct roster_key key = {
	    true, docket->campaign, none, none, none};

	if (!docket->has_form &&
	    roster_find(docket->state, &key, &docket->form) < 0)
		return -1;
	docket->has_form = true;
	docket->rosters[0] = docket->form.id;
	return 0;
}

static int
find_roster(struct docket *docket, size_t place)
{
	const struct roster_key key =
	    docket_key(docket, &docket->places[place].about);
	struct roster roster;

	if (roster_find(docket->state, &key, &roster) < 0)
		return -1;
	docket->rosters[place + 1] = roster.id;
	return 0;
}

static int
compare_places(const void *one, const void *other)
{
	const struct about *a = &((const struct docket_place *)one)->about;
	const struct about *b = &((const struct docket_place *)other)->about;
	const int project = block_compare(&a->project, &b->project);

	return project ? project : block_compare(&a->cohort, &b->cohort);
}

static int
find_sorted(struct docket *docket, struct docket_place *sorted)
{
	const size_t count = docket->place_count;
	struct roster_key key;
	struct roster roster;
	size_t i;

	memcpy(sorted, docket->places, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare_places);
	for (i = 0; i < count; i++) {
		if (i > 0 && compare_places(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		key = docket_key(docket, &sorted[i].about);
		/* The order of names is that of the lines. */
		key.name.size = 0;
		if (roster_find(docket->state, &key, &roster) < 0)
			return -1;
	}
	return 0;
}

/* Two runs that share cohorts find them in the same order: neither waits for
   one while it has another that the other run waits for. */
static int
find_in_order(struct docket *docket)
{
	struct docket_place *sorted;
	int result;

	if (!docket->state->driver->is_shared)
		return 0;
	if (docket->needs_form && find_form(docket) < 0)
		return -1;
	if (docket->place_count < 2)
		return 0;
	sorted = malloc(docket->place_count * sizeof *sorted);
	if (!sorted)
		return state_fail_memory(docket->state);
	result = find_sorted(docket, sorted);
	free(sorted);
	return result;
}

/* In the order of the lines: of several names of a cohort the last one counts.
 */
int
docket_load(struct docket *docket)
{
	const size_t count = docket->place_count;
	int64_t *rosters =
	    realloc(docket->rosters, (count + 1) * sizeof *docket->rosters);
	size_t i;

	if (!rosters)
		return state_fail_memory(docket->state);
	docket->rosters = rosters;
	if (find_in_order(docket) < 0)
		return -1;
	for (i = 0; i <= count; i++) {
		if (docket->needs_form && i == docket->form_place &&
		    find_form(docket) < 0)
			return -1;
		if (i < count && find_roster(docket, i) < 0)
			return -1;
	}
	return people_load(docket->people, rosters);
}
