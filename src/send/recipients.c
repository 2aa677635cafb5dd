#include "send/recipients.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/say.h"
#include "tool/tool.h"
#include "users/user_id.h"

static void
fail(struct gather *gather, int status)
{
	if (gather->status == EX_OK)
		gather->status = status;
	gather->delivery->stopping = true;
}

void
gather_fail_without_memory(struct gather *gather)
{
	say("no memory");
	fail(gather, EX_OSERR);
}

/* Nobody must be sent twice because that could not be remembered. */
static void
fail_to_remember(struct gather *gather)
{
	if (gather->status == EX_OK)
		say("%s: %s: stopped%s",
		    gather->options->state ? gather->options->state : "memory",
		    ledger_error(gather->ledger),
		    gather->options->dry_run
			? ""
			: "; who was being sent may be sent again");
	fail(gather, EX_IOERR);
}

static void
note_place(
    struct gather_place *place, uint64_t *count, const struct profile *profile)
{
	if ((*count)++ == 0)
		*place = (struct gather_place){profile->file, profile->line};
}

static bool
matches(struct gather *gather, const struct profile *profile)
{
	if (!gather->filter)
		return true;
	switch (filter_try(gather->filter, profile->text, profile->size)) {
	case FILTER_MATCH:
		return true;
	case FILTER_NO_MATCH:
		break;
	case FILTER_NO_CONDITION:
		note_place(&gather->no_condition, &gather->tally->no_condition,
		    profile);
		break;
	case FILTER_FAILED:
		note_place(&gather->filter_failed,
		    &gather->tally->filter_failed, profile);
		break;
	}
	return false;
}

/* For POST, an index. True: it is to be sent, and nobody else's. */
static bool
claim(struct gather *gather, size_t post, const struct profile *profile)
{
	enum ledger_result result;
	struct user_id id;

	if (!gather->ledger)
		return true;
	if (user_id_read(&profile->user, &user_rule_form, &id) < 0) {
		gather_fail_without_memory(gather);
		return false;
	}
	result = ledger_claim(gather->ledger, post, id.text, id.size);
	user_id_free(&id);
	gather->tally->reported_before += result == LEDGER_DELIVERED;
	gather->tally->repeated += result == LEDGER_CLAIMED;
	if (result == LEDGER_FAILED)
		fail_to_remember(gather);
	return result == LEDGER_OK;
}

static void
complete(struct gather *gather)
{
	struct post *post = gather->post;

	gather->post = NULL;
	if (body_end(&post->body) < 0) {
		gather->tally->left += post->body.users;
		delivery_free_post(post);
		gather_fail_without_memory(gather);
		return;
	}
	delivery_add(gather->delivery, post);
}

/* A profile for which there is no POST any more, as the endpoint is down. */
static void
leave(struct gather *gather, const struct profile *profile)
{
	const size_t nobody = gather->delivery->post_count;

	if (!claim(gather, nobody, profile))
		return;
	gather->tally->left++;
	/* Those who are left may be any number: their claims are not kept. */
	if (gather->ledger &&
	    ledger_release(gather->ledger, nobody) != LEDGER_OK)
		fail_to_remember(gather);
}

static void
add(struct gather *gather, const struct profile *profile)
{
	struct post *post = gather->post;

	if (!claim(gather, delivery_index(gather->delivery, post), profile))
		return;
	if (body_add(&post->body, profile->text, profile->size) < 0) {
		gather_fail_without_memory(gather);
		return;
	}
	if (post->body.users == gather->options->batch)
		complete(gather);
}

static void
print(struct gather *gather, const struct profile *profile)
{
	if (!claim(gather, 0, profile))
		return;
	gather->tally->left++;
	fwrite(profile->text, 1, profile->size, stdout);
	putchar('\n');
}

void
gather_take(struct gather *gather, const struct profile *profile)
{
	if (!matches(gather, profile))
		return;
	gather->tally->matched++;
	if (gather->options->dry_run)
		print(gather, profile);
	else if (gather->delivery->stopping)
		leave(gather, profile);
	else
		add(gather, profile);
}

bool
gather_has_room(struct gather *gather)
{
	if (!gather->post && !gather->delivery->stopping)
		gather->post = delivery_gather(gather->delivery);
	return gather->post || gather->delivery->stopping;
}

/* None that was not sent stays behind. */
void
gather_finish(struct gather *gather)
{
	struct post *post = gather->post;

	if (!post)
		return;
	if (post->body.users > 0 && !gather->delivery->stopping) {
		complete(gather);
		return;
	}
	gather->tally->left += post->body.users;
	if (gather->ledger &&
	    ledger_release(gather->ledger,
		delivery_index(gather->delivery, post)) != LEDGER_OK)
		fail_to_remember(gather);
	delivery_free_post(post);
	gather->post = NULL;
}

static void
say_given_up(const struct gather *gather, const struct post *post)
{
	if (post->attempts == 0 || *gather->stop)
		return;
	meter_clear(gather->meter);
	say("POST %" PRIu64 ": %zu user%s left after %" PRIu64
	    " attempt%s; the last one: %s%s",
	    post->number, post->body.users, tool_plural(post->body.users),
	    post->attempts, tool_plural(post->attempts), post->last,
	    gather->options->verbose ? "" : " (-v tells more)");
}

/* What is settled is remembered before any of its POSTs is used again. */
void
gather_settle(struct gather *gather)
{
	struct post *post;
	enum ledger_result result = LEDGER_OK;

	while ((post = delivery_settled(gather->delivery))) {
		const size_t index = delivery_index(gather->delivery, post);
		const bool delivered = post->state == POST_DELIVERED;

		if (delivered)
			gather->tally->delivered += post->body.users;
		else
			gather->tally->left += post->body.users;
		if (!delivered)
			say_given_up(gather, post);
		if (gather->ledger && result == LEDGER_OK)
			result = delivered
				     ? ledger_record(gather->ledger, index)
				     : ledger_release(gather->ledger, index);
		delivery_free_post(post);
	}
	if (gather->ledger && result == LEDGER_OK)
		result = ledger_commit(gather->ledger);
	if (result != LEDGER_OK)
		fail_to_remember(gather);
}

void
gather_say_filter_faults(const struct gather *gather)
{
	const struct tally *tally = gather->tally;

	if (tally->filter_failed > 0)
		say("the filter failed on %" PRIu64
		    " profile%s, which count as not matching; the first: "
		    "%s:%" PRIu64,
		    tally->filter_failed, tool_plural(tally->filter_failed),
		    gather->filter_failed.file, gather->filter_failed.line);
	if (tally->no_condition > 0)
		say("the filter put out something else than true or false "
		    "for %" PRIu64
		    " profile%s, which count as not matching; the first: "
		    "%s:%" PRIu64 "; it should be a condition, without "
		    "select()",
		    tally->no_condition, tool_plural(tally->no_condition),
		    gather->no_condition.file, gather->no_condition.line);
}
