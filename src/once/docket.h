/*
 * docket.h: the lines in hand, which are judged together.
 *
 * A line is a pointer into the text that the caller keeps; who it is about is
 * in people.h.
 */
#ifndef DOCKET_H
#define DOCKET_H

#include "once/about.h"
#include "once/line.h"
#include "once/people.h"
#include "once/roster.h"

#define DOCKET_MAX PEOPLE_MAX

struct docket_entry {
	struct line_value text;
	struct line_value value; /* of another line the key, else properties */
	uint64_t at;             /* the place of `text` in the input */
	uint16_t person;         /* for people_get, with an id */
	uint16_t place;          /* of a cohort, in `places` */
	uint8_t kind;            /* enum line_kind */
	bool has_id;
	bool passes; /* of another line: see keys.h */
};

/* The $cohort of lines that follow each other. */
struct docket_place {
	struct line_value object;
	struct about about;
};

struct docket {
	struct state *state;
	struct token_text campaign;
	struct people *people;
	struct docket_entry *entries; /* DOCKET_MAX */
	size_t count;
	struct docket_place *places;
	size_t place_count, place_room;
	/* The roster of the campaign's form, which has no snapshots; so many
	   places are before its first line. */
	bool has_form, needs_form;
	size_t form_place;
	struct roster form;
	int64_t *rosters; /* the form's, and those of the places */
};

/* 0, or -1: no memory. Always followed by docket_close. */
int docket_open(
    struct docket *docket, struct state *state, const char *campaign) MUST_USE;
void docket_close(struct docket *docket);

/*
 * Adds a line, AT a place of the input, and takes the owner of its id; there
 * must be room. STATE is not used. 0; or -1 and WHY, a constant without data,
 * or NULL: no memory.
 */
int docket_add(struct docket *docket, uint64_t at, struct line_value text,
    struct line *line, const char **why) MUST_USE;
void docket_clear(struct docket *docket);

/* Finds the rosters of all lines, or makes them, and looks up all people. 0, or
   -1, see state.h. */
int docket_load(struct docket *docket) MUST_USE;

/* The $cohort of the last line that had one, or none. */
struct line_value docket_last_object(const struct docket *docket);

/* The last line is one of PLACE. */
bool docket_ends_in(
    const struct docket *docket, const struct docket_place *place);

/* What identifies the roster of a cohort. */
struct roster_key docket_key(
    const struct docket *docket, const struct about *about);

#endif
