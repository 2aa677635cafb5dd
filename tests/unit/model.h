/*
 * model.h: what a judge does, in the fewest words: one roster of a few ids,
 * whose lines are taken one by one.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "once/block.h"
#include "once/print.h"

#include "unit.h"

#define IDS 1500
#define PAGES 4

struct member {
	bool is_known, is_in;
	int snapshot;
};

struct model {
	struct member members[IDS];
	int snapshots;
	bool is_open, pages[PAGES];
};

static char *ids[IDS];
static size_t sizes[IDS];
static int order[IDS]; /* of the ids' bytes */

static inline int
model_compare_ids(const void *a, const void *b)
{
	const int one = *(const int *)a, other = *(const int *)b;
	const struct token_text x = {ids[one], sizes[one], NULL};
	const struct token_text y = {ids[other], sizes[other], NULL};

	return block_compare(&x, &y);
}

/* Ids of all kinds, among them beginnings of others. */
static inline void
model_make_ids(void)
{
	static const char *const ends[] = {
	    "", "\"", "\\", "\n\x01", "\xc3\xa4", "x", " and so on"};
	int i;

	for (i = 0; i < IDS; i++) {
		FILE *id = open_memstream(&ids[i], &sizes[i]);

		assert_non_null(id);
		fprintf(id, "%d%s", i / 7, ends[i % 7]);
		if (i % 100 == 6)
			fprintf(id, "%0*d", i * 10, 7);
		fclose(id);
		order[i] = i;
	}
	qsort(order, IDS, sizeof *order, model_compare_ids);
}

static inline void
model_print_cohort(
    FILE *to, const char *action, int cohort, int session, int page)
{
	fprintf(to, "\"$cohort\":{\"action\":\"%s\"", action);
	fprintf(to, ",\"mixpanel_cohort_id\":%d,\"mixpanel_session_id\":\"%d\"",
	    cohort, session);
	if (page >= 0)
		fprintf(to,
		    ",\"page_info\":{\"total_pages\":%d,\"page_count\":%d}",
		    PAGES, page + 1);
}

/* Who is in no page of a whole snapshot of cohort WHICH leaves: lines in TO. */
static inline void
model_settle(struct model *model, int which, FILE *to)
{
	int i;

	for (i = 0; i < PAGES; i++)
		if (!model->is_open || !model->pages[i])
			return;
	model->is_open = false;
	for (i = 0; i < IDS; i++) {
		struct member *member = &model->members[order[i]];

		if (member->snapshot == model->snapshots)
			continue;
		if (member->is_in) {
			fputs("{\"$distinct_id\":", to);
			print_json_string(to, ids[order[i]], sizes[order[i]]);
			fputs(",\"$properties\":{},", to);
			model_print_cohort(
			    to, "remove_members", which, model->snapshots, -1);
			fputs(",\"inferred\":true}}\n", to);
		}
		*member = (struct member){false, false, 0};
	}
}

/* A page of a session, which may begin. Is it of the newest one? */
static inline bool
model_note(struct model *model, int which, int session, int page, FILE *to)
{
	if (session < model->snapshots)
		return false;
	if (session > model->snapshots) {
		model_settle(model, which, to);
		model->snapshots = session;
		model->is_open = true;
		memset(model->pages, 0, sizeof model->pages);
	}
	if (model->is_open)
		model->pages[page] = true;
	return true;
}

enum action { SEE, ADD, REMOVE };

/* Does the line pass? */
static inline bool
model_change(struct model *model, int id, enum action action)
{
	struct member *member = &model->members[id];
	const bool was_in = member->is_in;

	if (action == REMOVE) {
		if (!was_in && model->snapshots == 0)
			return false;
	} else if (action == SEE && !was_in && member->is_known &&
		   member->snapshot == model->snapshots) {
		return false;
	}
	*member = (struct member){true, action != REMOVE, model->snapshots};
	return member->is_in != was_in;
}

#endif
