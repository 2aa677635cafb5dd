#include "tool/overview.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/fd.h"
#include "base/say.h"
#include "journal/journal.h"
#include "spool/folder.h"
#include "tool/tool.h"

static const struct summary_campaign nothing = {.campaign = ""};

static const struct summary_campaign *
journal_of(const struct overview *overview, const char *name)
{
	const struct summary_campaign *found =
	    summary_find(&overview->summary, name);

	return found ? found : &nothing;
}

/* Beside a campaign that was named, too, when that is in a spool. */
static void
read_journal(const struct targets *targets, struct overview *overview)
{
	const int64_t now_ms = (int64_t)overview->now * 1000;
	int spool = openat(targets->folder, targets->is_spool ? "." : "..",
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	int folder;

	if (spool < 0)
		return;
	overview->journal = condition_read(spool, now_ms);
	if (overview->journal.kind != CONDITION_OFF) {
		folder = folder_open(spool, JOURNAL_FOLDER);
		if (summary_read(folder, now_ms, &overview->summary) < 0)
			overview->journal =
			    (struct condition){CONDITION_UNREADABLE, errno};
		fd_close(folder);
	}
	fd_close(spool);
	if (overview->journal.kind != CONDITION_UNREADABLE)
		return;
	say("cannot read the journal: %s", strerror(overview->journal.error));
	overview->is_incomplete = true;
}

static int
read_campaign(
    const struct targets *targets, size_t index, struct overview *overview)
{
	struct overview_campaign *campaign =
	    &overview->campaigns[overview->count];
	struct target target;
	const enum target_state state = target_open(targets, index, &target);
	int status = EX_OK;

	if (state == TARGET_CLOSED) {
		say("cannot open campaign %s: %s", target.name,
		    strerror(errno));
		overview->is_incomplete = true;
	}
	if (state != TARGET_OPEN)
		return EX_OK;
	overview->count++;
	if (counts_read(&target, &campaign->counts) < 0)
		status = say_fail(tool_status_of(errno),
		    "cannot read campaign %s: %s", target.name,
		    strerror(errno));
	campaign->journal = journal_of(overview, target.name);
	target_close(&target);
	return status;
}

/* One that is stuck is asked once. */
static void
ask_receiver(struct overview *overview, const char *socket)
{
	struct ask_answer stuck = {.status = -1};
	struct overview_campaign *campaign;
	size_t i;

	overview->is_asked = true;
	for (i = 0; i < overview->count; i++) {
		campaign = &overview->campaigns[i];
		if (stuck.status == 0)
			campaign->receiver = stuck;
		else
			ask_health(
			    socket, campaign->counts.name, &campaign->receiver);
		if (campaign->receiver.status == 0)
			stuck = campaign->receiver;
	}
}

int
overview_read(const struct targets *targets, const char *socket,
    struct overview *overview)
{
	int status = EX_OK;
	size_t i;

	*overview = (struct overview){.is_spool = targets->is_spool,
	    .now = time(NULL),
	    .nobody = &nothing};
	overview->campaigns =
	    calloc(targets->count + 1, sizeof *overview->campaigns);
	if (!overview->campaigns)
		return say_fail(EX_OSERR, "no memory");
	read_journal(targets, overview);
	if (targets->is_spool)
		overview->nobody = journal_of(overview, "");
	for (i = 0; i < targets->count && status == EX_OK; i++)
		status = read_campaign(targets, i, overview);
	if (status == EX_OK && socket)
		ask_receiver(overview, socket);
	return status;
}

void
overview_free(struct overview *overview)
{
	while (overview->count > 0)
		counts_free(&overview->campaigns[--overview->count].counts);
	free(overview->campaigns);
	summary_free(&overview->summary);
}

bool
overview_is_known(const struct overview *overview)
{
	return overview->journal.kind == CONDITION_KEPT;
}

time_t
overview_last_arrival(const struct overview_campaign *campaign)
{
	const time_t journal =
	    (time_t)(campaign->journal->last_arrival_ms / 1000);

	return journal > campaign->counts.latest ? journal
						 : campaign->counts.latest;
}

bool
overview_has_failed(const struct overview_campaign *campaign)
{
	return campaign->journal->last_run_ms > 0 &&
	       campaign->journal->last_exit != 0;
}

static bool
has_any_arrived(const struct overview *overview)
{
	size_t i;

	for (i = 0; i < overview->count; i++)
		if (overview_last_arrival(&overview->campaigns[i]))
			return true;
	return false;
}

const struct overview_campaign *
overview_most_silent(const struct overview *overview, time_t *since)
{
	const bool any = overview->is_spool && has_any_arrived(overview);
	const struct overview_campaign *campaign, *found = NULL;
	time_t from;
	size_t i;

	for (i = 0; i < overview->count; i++) {
		campaign = &overview->campaigns[i];
		from = overview_last_arrival(campaign);
		if (!from && !any)
			from = campaign->counts.made;
		if (!from || (found && from >= *since))
			continue;
		found = campaign;
		*since = from;
	}
	return found;
}
