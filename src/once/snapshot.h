/*
 * snapshot.h: a full sync of a cohort, collected page by page.
 *
 * The pages of one session are one snapshot, in whatever order and however
 * often they come. When all of 1 to its total are there, it is whole, and only
 * then those leave who were in none of them. Snapshots of a roster are
 * numbered; the newest one alone counts, and what comes of an older one is
 * ignored: it is older than what is known. So is one that begins late: it has
 * waited on another machine while the newest one came.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "once/about.h"
#include "once/roster.h"

struct snapshot_sink {
	/* Before a snapshot ends as whole: what people.h has must be in STATE,
	   and be loaded anew afterwards. 0, or -1, see state.h. */
	int (*save)(void *to);
	/* Gets the id of each person who leaves. 0, or -1 and errno. */
	int (*leaves)(void *to, const struct token_text *id, const char *rest);
	void *to;
	int64_t now;
	struct token_text campaign; /* of the run */
	/* When the first and the last batch of the run came, in microseconds;
	   0: not known. */
	int64_t first_came, last_came;
	/* Part of a batch: more lines of a page may come in another run, so
	   that no snapshot is whole at the end of this one. */
	bool is_part;
	/* More lines of this page may come in another run: the one that has the
	   last of them notes the page. Until then the snapshot is not whole for
	   any run, on any machine. */
	bool is_cut;
};

enum snapshot_place {
	SNAPSHOT_NEWEST,
	SNAPSHOT_OLD,     /* ignore the line */
	SNAPSHOT_UNWHOLE, /* the newest; this page is none of its total, or has
			     another total: it can never be whole */
};

/*
 * Notes the page that ABOUT tells of, OBJECT being its JSON, and returns an
 * enum snapshot_place; or -1. The first page of a session begins a snapshot,
 * which ends the one before: as whole, if it is, or void.
 */
int snapshot_note_page(struct state *state, struct roster *roster,
    const struct about *about, struct line_value object,
    const struct snapshot_sink *sink) MUST_USE;

/* At the end of a run: ends all of its campaign that are whole: the command of
   the run gets who leaves. 0, or -1. */
int snapshot_end_all(
    struct state *state, const struct snapshot_sink *sink) MUST_USE;

#endif
