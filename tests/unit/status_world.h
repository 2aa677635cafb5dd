/* status_world.h: what a status page may have to show, for its tests. */
#ifndef STATUS_WORLD_H
#define STATUS_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status/status_page.h"

#include "unit.h"

#define NOW INT64_C(1795888501000) /* 2026-11-28 17:55:01 */
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Two campaigns and some requests, which a test changes. */
struct world {
	struct facts facts;
	struct facts_campaign campaigns[2];
	struct summary_campaign summaries[2];
	struct facts_request requests[FACTS_REQUESTS];
	struct summary_cohort cohort;
	struct status_page page;
	struct headline headline;
	struct html html;
};

static inline int
set_up(void **state)
{
	struct world *world = calloc(1, sizeof *world);
	size_t i;

	*state = world;
	world->facts = (struct facts){.now_ms = NOW,
	    .campaigns = world->campaigns,
	    .count = 1,
	    .requests = world->requests,
	    .free_bytes = 1000,
	    .free_files = 100};
	world->page.room = (struct headline_room){1000, 100};
	strcpy(world->campaigns[0].name, "default");
	strcpy(world->campaigns[1].name, "trial");
	for (i = 0; i < 2; i++) {
		struct summary_campaign *summary = &world->summaries[i];

		world->campaigns[i].summary = summary;
		strcpy(summary->campaign, world->campaigns[i].name);
		summary->today =
		    (struct summary_hour){.requests = 25, .users = 1204};
		summary->hours[SUMMARY_HOURS - 1] = summary->today;
		summary->last_arrival_ms = NOW - 3 * MINUTE;
	}
	return 0;
}

static inline int
tear_down(void **state)
{
	struct world *world = *state;

	html_free(&world->html);
	free(world);
	return 0;
}

/* The page as a string. */
static inline const char *
write_page(struct world *world)
{
	html_free(&world->html);
	status_page_write(&world->html, &world->page, &world->facts);
	html_put(&world->html, "");
	assert_false(world->html.failed);
	world->html.text = realloc(world->html.text, world->html.size + 1);
	world->html.text[world->html.size] = '\0';
	world->html.room = world->html.size + 1;
	return world->html.text;
}

#define assert_shows(world, text)                                              \
	assert_non_null(strstr(write_page(world), (text)))
#define assert_shows_not(world, text)                                          \
	assert_null(strstr(write_page(world), (text)))

#define on_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
