/*
 * headline.h: how a campaign is, or the whole spool, in one sentence.
 */
#ifndef HEADLINE_H
#define HEADLINE_H

#include "status/facts.h"

enum headline_kind {
	HEADLINE_GOOD,
	HEADLINE_NEW,     /* nothing ever came */
	HEADLINE_WARNING, /* somebody should look */
	HEADLINE_BAD,     /* users do not get on */
};

struct headline {
	enum headline_kind kind;
	char text[256]; /* ASCII, without a meaning in HTML */
};

/* Hours after which a batch waits too long (more than a nightly drain), and
   after which silence is worth a look. */
#define HEADLINE_WAITS_MS ((int64_t)25 * 3600 * 1000)
#define HEADLINE_SILENT_MS ((int64_t)48 * 3600 * 1000)

/* As the receiver's MIXSPOOL_MIN_FREE and inodes, by default. */
struct headline_room {
	uint64_t bytes, files;
};

void headline_campaign(const struct facts *facts,
    const struct facts_campaign *campaign, struct headline *headline);

/* The worst of all; the campaign's name comes first if there are several. */
void headline_spool(const struct facts *facts, const struct headline_room *room,
    struct headline *headline);

#endif
