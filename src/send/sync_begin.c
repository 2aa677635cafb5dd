#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "base/random.h"
#include "send/failure.h"
#include "send/fill.h"
#include "send/notice.h"
#include "send/state.h"
#include "send/stop.h"
#include "send/sync.h"
#include "users/user_id.h"

static const char *const actions[] = {"add_members", "remove_members"};

/* Ends the run, since the state cannot be read or written. False. */
static bool
sync_fail_for_good(struct send *send)
{
	failure_to_remember(send);
	return false;
}

static void
stage(struct send *send, const struct profile *profile)
{
	struct sync *sync = &send->sync;
	struct token_text id;
	int result;

	if (member_write(&sync->member, &profile->user) < 0 ||
	    user_id_read(&profile->user, &user_rule_form, &id) < 0) {
		failure_of_memory(send);
		return;
	}
	result = snapshot_stage(sync->snapshot, id.text, id.size,
	    sync->member.text, sync->member.size);
	token_text_free(&id);
	if (result < 0)
		(void)sync_fail_for_good(send);
	else if (result > 0)
		send->recipients.counts.repeated++;
}

/* Whether all profiles were read; who is not read would seem to have left. */
static bool
stage_all(struct send *send)
{
	const uint64_t invalid = send->recipients.counts.invalid;

	fill_all(send, RECIPIENTS_NO_POST, stage);
	if (send->status != EX_OK || stop_is_asked())
		return false;
	if (send->unreadable == EX_OK &&
	    send->recipients.counts.invalid == invalid)
		return true;
	notice(&send->meter, "nothing is sent: who cannot be read would leave "
			     "the cohort");
	send->sync.status =
	    send->unreadable != EX_OK ? send->unreadable : EX_DATAERR;
	return false;
}

static int
add_group(struct send *send, const char *action, uint64_t members)
{
	const uint64_t batch = send->options->outbox.batch;
	struct sync *sync = &send->sync;
	struct sync_group *group = &sync->groups[sync->group_count++];

	group->action = action;
	group->members = members;
	group->pages = members == 0 ? 1 : (members - 1) / batch + 1;
	sync->pages += group->pages;
	return page_new_session(group->session);
}

/* Fisher and Yates's, by the seed of the faults. */
static int
order_pages(struct send *send)
{
	struct sync *sync = &send->sync;
	struct random random = {
	    random_mix(send->options->outbox.faults.seed + 2)};
	uint64_t i, other;
	uint32_t page;

	free(sync->order);
	sync->order = calloc((size_t)sync->pages, sizeof *sync->order);
	if (!sync->order)
		return -1;
	for (i = 0; i < sync->pages; i++)
		sync->order[i] = (uint32_t)i;
	for (i = sync->pages; send->options->cohort.is_shuffled && i > 1; i--) {
		other = random_below(&random, i);
		page = sync->order[i - 1];
		sync->order[i - 1] = sync->order[other];
		sync->order[other] = page;
	}
	return 0;
}

static bool
plan(struct send *send, bool as_members)
{
	struct sync *sync = &send->sync;
	uint64_t counts[SNAPSHOT_SIDES];
	size_t i;
	int result = 0;

	if (snapshot_compare(sync->snapshot, counts) < 0)
		return sync_fail_for_good(send);
	/* After members, the next sync has everybody again. */
	if (!as_members && !send->options->dry_run &&
	    snapshot_attempt(sync->snapshot) < 0)
		return sync_fail_for_good(send);
	if (as_members)
		result = add_group(send, "members", counts[SNAPSHOT_ENTERS]);
	for (i = 0; !as_members && i < SNAPSHOT_SIDES && result == 0; i++)
		result = add_group(send, actions[i], counts[i]);
	if (result < 0 || order_pages(send) < 0) {
		failure_of_memory(send);
		return false;
	}
	return true;
}

static bool
is_paused(struct send *send, const struct snapshot_times *times)
{
	const struct cohort_options *cohort = &send->options->cohort;
	struct sync *sync = &send->sync;

	if (times->paused[0] == '\0')
		return false;
	if (!cohort->resume) {
		notice(&send->meter,
		    "cohort %s is paused, --resume goes on: %s", cohort->id,
		    times->paused);
		sync->status = EX_UNAVAILABLE;
		return true;
	}
	if (!send->options->dry_run && snapshot_resume(sync->snapshot) < 0)
		(void)sync_fail_for_good(send);
	return send->status != EX_OK;
}

bool
sync_begin(struct send *send)
{
	struct sync *sync = &send->sync;
	struct snapshot_times times;
	bool is_first, is_over;

	sync->group_count = 0;
	sync->pages = sync->put = sync->delivered = 0;
	sync->is_refused = false;
	sync->paused[0] = '\0';
	sync->status = EX_OK;
	snapshot_read_times(sync->snapshot, &times);
	if (is_paused(send, &times))
		return false;
	is_first = times.synced == 0;
	is_over = !is_first && times.failing != 0 &&
		  (int64_t)time(NULL) - times.synced >= SYNC_FULL_S;
	if (snapshot_begin(sync->snapshot, is_first || is_over) < 0)
		return sync_fail_for_good(send);
	return stage_all(send) &&
	       plan(send,
		   is_over || (is_first && !send->options->cohort.adds_first));
}
