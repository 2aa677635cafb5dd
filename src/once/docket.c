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
		return state_fail_memory(docket->state);
	docket->places = grown;
	docket->place_room = room;
	return 0;
}

static int
find_place(struct docket *docket, struct line_value object, const char **why)
{
	struct docket_place place = {.object = object};
	struct roster_key key;
	struct roster roster;

	if (is_last_place(docket, object))
		return 0;
	if (make_room(docket) < 0)
		return -1;
	if (about_read(object, &place.about, why) < 0)
		return *why ? -1 : state_fail_memory(docket->state);
	key = docket_key(docket, &place.about);
	if (roster_find(docket->state, &key, &roster) < 0) {
		about_free(&place.about);
		return -1;
	}
	place.roster = roster.id;
	docket->places[docket->place_count++] = place;
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
	return 0;
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
	if (line->kind == LINE_FORM && find_form(docket) < 0)
		return -1;
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
		    line->kind == LINE_FORM
			? docket->form.id
			: docket->places[entry->place].roster,
		    &line->id);
		line->id.owner = NULL;
	}
	docket->count++;
	return 0;
}
