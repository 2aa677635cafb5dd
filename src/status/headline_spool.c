#include <stdio.h>

#include "status/headline.h"
#include "status/headline_inside.h"
#include "status/words.h"

/* A POST that reached no campaign, and that nothing stored has followed; or
   NULL. */
static const struct facts_request *
headline_find_lost(const struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->request_count; i++) {
		const struct facts_request *request = &facts->requests[i];

		if (request->is_probe)
			continue;
		if (request->status == 200)
			return NULL;
		if (!*request->campaign && facts_is_post(request))
			return request;
	}
	return NULL;
}

static bool
headline_no_room(const struct facts *facts, const struct headline_room *room,
    struct headline *headline)
{
	if (facts->free_error)
		return false;
	if (facts->free_bytes < room->bytes)
		return headline_set(headline, HEADLINE_BAD,
		    "The disk is full: requests are refused until there is "
		    "room");
	return facts->free_files < room->files &&
	       headline_set(headline, HEADLINE_BAD,
		   "The disk has no inodes left: requests are refused");
}

static bool
headline_lost(const struct facts *facts, struct headline *headline)
{
	const struct facts_request *lost = headline_find_lost(facts);
	char ago[WORDS_SIZE];

	if (!lost || facts->journal.kind != CONDITION_KEPT)
		return false;
	words_ago(lost->at_ms, facts->now_ms, ago);
	if (lost->status == 401)
		return headline_set(headline, HEADLINE_BAD,
		    "A webhook came without the right secret, %s", ago);
	return headline_set(headline, HEADLINE_BAD,
	    "A webhook was refused before it reached a campaign, %s", ago);
}

/* All campaigns together, when none of them needs a look. */
static void
headline_sum(const struct facts *facts, struct headline *headline)
{
	struct summary_hour today = {0};
	int64_t last_ms = 0;
	size_t i;

	for (i = 0; i < facts->count; i++) {
		const struct summary_campaign *campaign =
		    facts->campaigns[i].summary;

		if (!campaign)
			continue;
		today.users += campaign->today.users;
		if (campaign->last_arrival_ms > last_ms)
			last_ms = campaign->last_arrival_ms;
	}
	headline_say_today(&today, last_ms, facts->now_ms, headline);
}

static void
headline_worst(const struct facts *facts, struct headline *headline)
{
	struct headline one;
	size_t i, worst = 0, some = 0, good = 0;

	for (i = 0; i < facts->count; i++) {
		headline_campaign(facts, &facts->campaigns[i], &one);
		good += one.kind == HEADLINE_GOOD;
		some += one.kind > HEADLINE_NEW;
		if (i > 0 && one.kind <= headline->kind)
			continue;
		worst = i;
		*headline = one;
	}
	if (facts->count < 2)
		return;
	if (some == 0 && good > 0) {
		headline_sum(facts, headline);
	} else if (some > 0) {
		one = *headline;
		snprintf(headline->text, sizeof headline->text,
		    "%.64s: %.140s%s", facts->campaigns[worst].name, one.text,
		    some > 1 ? "; other campaigns need a look, too" : "");
	}
}

/* Nothing is worse than that the journal has nothing. */
static void
headline_unknown(const struct facts *facts, struct headline *headline)
{
	if (facts->journal.kind == CONDITION_KEPT ||
	    headline->kind > HEADLINE_NEW)
		return;
	if (facts->journal.kind == CONDITION_OFF)
		headline_set(headline, HEADLINE_NEW,
		    "The journal is off: what arrives is not known here");
	else
		headline_set(headline, HEADLINE_WARNING,
		    "The journal cannot be %s: what arrives is not known here",
		    facts->journal.kind == CONDITION_UNREADABLE ? "read"
								: "written");
}

void
headline_spool(const struct facts *facts, const struct headline_room *room,
    struct headline *headline)
{
	*headline = (struct headline){HEADLINE_NEW, "There is no campaign"};
	if (!headline_no_room(facts, room, headline) &&
	    !headline_lost(facts, headline)) {
		headline_worst(facts, headline);
		headline_unknown(facts, headline);
	}
}
