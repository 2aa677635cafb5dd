#include "send/sync.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <sysexits.h>

#include "send/failure.h"
#include "send/notice.h"
#include "send/state.h"
#include "send/stop.h"
#include "tool/tool.h"

struct page_body {
	struct body *body;
	bool lacks_memory;
};

static int
put_member(void *context, const char *member, size_t size)
{
	struct page_body *page = context;

	page->lacks_memory = body_add(page->body, member, size) < 0;
	return page->lacks_memory ? -1 : 0;
}

/* The Nth page into BODY. Its action, or NULL after a report. */
static const char *
build(struct send *send, uint64_t nth, struct body *body)
{
	const struct send_options *options = send->options;
	const uint64_t batch = options->outbox.batch;
	struct sync *sync = &send->sync;
	uint64_t number = sync->order[nth];
	const bool is_second = number >= sync->groups[0].pages;
	const struct sync_group *group = &sync->groups[is_second];
	struct page_body context = {.body = body};
	struct page page = {.action = group->action,
	    .project = options->cohort.project,
	    .id = options->cohort.id,
	    .name = options->cohort.name,
	    .session = group->session,
	    .total = group->pages};

	number -= is_second ? sync->groups[0].pages : 0;
	page.number = number + 1;
	context.lacks_memory = page_begin(body, &page) < 0;
	if (!context.lacks_memory &&
	    snapshot_read(sync->snapshot,
		is_second ? SNAPSHOT_LEAVES : SNAPSHOT_ENTERS, number * batch,
		batch, put_member, &context) == 0)
		return group->action;
	if (context.lacks_memory)
		failure_of_memory(send);
	else
		failure_to_remember(send);
	return NULL;
}

void
sync_take_page(struct send *send)
{
	struct sync *sync = &send->sync;
	struct post *post;

	if (send->outbox.state != OUTBOX_OPEN || sync->put == sync->pages) {
		send->at_end = true;
		return;
	}
	post = outbox_begin(&send->outbox);
	post->action = build(send, sync->put++, &post->body);
	if (post->action && outbox_seal(&send->outbox) < 0)
		failure_of_memory(send);
}

void
sync_note_end(struct send *send, const struct post *post, bool is_delivered)
{
	struct sync *sync = &send->sync;

	if (is_delivered) {
		sync->delivered++;
		return;
	}
	sync->is_refused |= post_is_refused(post);
	if (post->verdict == VERDICT_PAUSED)
		snprintf(sync->paused, sizeof sync->paused, "%s%s%s",
		    post->outcome, post->detail[0] ? ", " : "", post->detail);
	outbox_stop(&send->outbox);
	send->at_end = true;
}

void
sync_end(struct send *send)
{
	const char *id = send->options->cohort.id;
	struct sync *sync = &send->sync;
	int result = 0;

	if (send->status != EX_OK)
		return;
	if (sync->delivered == sync->pages) {
		result = snapshot_move(sync->snapshot, &sync->members);
	} else if (sync->paused[0] != '\0') {
		notice(&send->meter, "cohort %s is paused, until --resume: %s",
		    id, sync->paused);
		result = snapshot_pause(sync->snapshot, sync->paused);
		send->status = EX_UNAVAILABLE;
	} else {
		notice(&send->meter,
		    "cohort %s: %" PRIu64 " of %" PRIu64
		    " page%s delivered; the next sync sends all of them again",
		    id, sync->delivered, sync->pages, tool_plural(sync->pages));
		sync->status = sync->is_refused ? EX_UNAVAILABLE : EX_TEMPFAIL;
		/* What is stopped has not failed. */
		if (!stop_is_asked())
			result = snapshot_fail(sync->snapshot);
	}
	if (result < 0)
		failure_to_remember(send);
}

uint64_t
sync_dry_run(struct send *send)
{
	struct sync *sync = &send->sync;
	struct body body = {0};
	uint64_t nth = 0;

	if (!sync_begin(send))
		return 0;
	for (; nth < sync->pages && !ferror(stdout); nth++) {
		body_begin(&body, &webhook_cohort.frame);
		if (!build(send, nth, &body))
			break;
		if (body_end(&body) < 0) {
			failure_of_memory(send);
			break;
		}
		fwrite(body.bytes, 1, body.size, stdout);
		putchar('\n');
	}
	body_free(&body);
	return nth;
}

void
sync_print(const struct sync *sync, const char *id, FILE *to)
{
	size_t i;

	if (sync->pages == 0)
		return;
	fprintf(to, "cohort %s:", id);
	for (i = 0; i < sync->group_count; i++)
		fprintf(to, "%s %" PRIu64 " in %s", i > 0 ? "," : "",
		    sync->groups[i].members, sync->groups[i].action);
	if (sync->delivered == sync->pages)
		fprintf(to, "; %" PRIu64 " member%s now", sync->members,
		    tool_plural(sync->members));
	fputc('\n', to);
}

json_t *
sync_as_json(const struct sync *sync, const char *id)
{
	const bool is_delivered = sync->delivered == sync->pages;
	json_t *object;
	size_t i;

	if (sync->pages == 0)
		return NULL;
	object = json_pack("{s:s, s:b, s:I, s:I}", "id", id, "synced",
	    is_delivered, "pages", (json_int_t)sync->pages, "pages_delivered",
	    (json_int_t)sync->delivered);
	for (i = 0; i < sync->group_count; i++)
		json_object_set_new(object, sync->groups[i].action,
		    json_integer((json_int_t)sync->groups[i].members));
	if (is_delivered)
		json_object_set_new(
		    object, "size", json_integer((json_int_t)sync->members));
	return object;
}

void
sync_close(struct sync *sync)
{
	snapshot_close(sync->snapshot);
	member_free(&sync->member);
	free(sync->order);
}
