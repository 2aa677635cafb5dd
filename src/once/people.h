/*
 * people.h: the people that the lines in hand are about.
 *
 * Ids come in no order, and STATE holds people in theirs: so all that some
 * thousand lines are about is looked up together, in order, changed here, and
 * written together. Calls return 0, or -1, see state.h.
 */
#ifndef PEOPLE_H
#define PEOPLE_H

#include <stdint.h>

#include "once/block.h"
#include "once/state.h"

#define PEOPLE_MAX 16384

struct people;

/* NULL: no memory. */
struct people *people_open(struct state *state);
void people_free(struct people *people);

/* How often people_note was called since people_clear. Not above PEOPLE_MAX. */
size_t people_count(const struct people *people);

/* Notes somebody; ID's text stays the caller's, and its owner goes here. GROUP
   stands for a roster. */
void people_note(
    struct people *people, uint16_t group, const struct token_text *id);

/* Looks up all who are noted, in the roster of each group; or those of one
   roster anew, as STATE has them now, after people_save_roster. */
int people_load(struct people *people, const int64_t *rosters) MUST_USE;
int people_load_roster(struct people *people, int64_t roster) MUST_USE;

/* Who was noted as the NUMBERth, from 0; the same for the same id. */
struct person *people_get(struct people *people, size_t number);

/* It has changed. */
void people_change(struct people *people, size_t number);

/* Writes who has changed since people_load: all, or those of one roster. */
int people_save(struct people *people) MUST_USE;
int people_save_roster(struct people *people, int64_t roster) MUST_USE;
void people_clear(struct people *people);

#endif
