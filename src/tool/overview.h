/*
 * overview.h: all that stat knows of campaigns: their folders (counts.h), the
 * journal (summary.h), and what the receiver says of them (ask.h).
 */
#ifndef OVERVIEW_H
#define OVERVIEW_H

#include <stdbool.h>
#include <time.h>

#include "base/attributes.h"
#include "journal/condition.h"
#include "journal/summary.h"
#include "tool/ask.h"
#include "tool/counts.h"

struct overview_campaign {
	struct counts counts;
	const struct summary_campaign *journal; /* never NULL */
	struct ask_answer receiver;             /* if it was asked */
};

struct overview {
	struct overview_campaign *campaigns;
	size_t count;
	bool is_spool; /* all of its campaigns, not one that was named */
	bool is_asked; /* the receiver */
	time_t now;
	/* Unless it is kept, it tells nothing of what came; one that is off is
	   not read. */
	struct condition journal;
	struct summary summary;
	/* Of requests that named no campaign, or a wrong one; of a spool. Never
	   NULL. */
	const struct summary_campaign *nobody;
	bool is_incomplete; /* something could not be opened; reported */
};

/*
 * SOCKET is the receiver's, or NULL: it is not asked. EX_OK; or an exit code,
 * after a message. Free with overview_free in both cases.
 */
int overview_read(const struct targets *targets, const char *socket,
    struct overview *overview) MUST_USE;
void overview_free(struct overview *overview);

/* Does the journal have what came? */
bool overview_is_known(const struct overview *overview);

/* When a POST was last stored, with or without users: by the journal, or by a
   batch that is still there. 0: never, as far as is known. */
time_t overview_last_arrival(const struct overview_campaign *campaign);

/* Has the last run of drain's command failed? */
bool overview_has_failed(const struct overview_campaign *campaign);

/*
 * The campaign to which nothing has come for longest, and since when. In a
 * spool one to which nothing ever came does not count, unless none ever got
 * anything; where it counts, its time is that of its making. NULL: none counts.
 */
const struct overview_campaign *overview_most_silent(
    const struct overview *overview, time_t *since);

#endif
