#include "drain/group.h"

#include <errno.h>
#include <string.h>

#include "drain/attempt.h"
#include "drain/narrow.h"
#include "drain/put_away.h"

/* The command has taken the batches. */
static enum handover_end
end_taken(const struct handover *handover, batch_name *names, size_t count,
    size_t users)
{
	const char *state = handover->options->keep ? "done" : NULL;

	if (put_away(handover->folder, handover->new, names, count, state) <
	    0) {
		messages_not_put_away(
		    handover->messages, handover->name, state);
		return HANDOVER_TRY_LATER;
	}
	progress_users(handover->progress, users);
	return HANDOVER_DONE;
}

/*
 * After a batch could not be read, with its errno. false: there is nothing to
 * report, since it is no batch, or somebody else has taken it.
 */
static bool
report_unreadable(const struct handover *handover, const char *name)
{
	if (errno == ENOENT || errno == EINVAL || errno == ELOOP)
		return false;
	messages_cannot(handover->messages, handover->name, "read", name);
	memcpy(handover->unreadable, name, strlen(name) + 1);
	return true;
}

/* Counts the lines of a part by reading it. 0, or -1 and errno. */
static int
count_part(const struct source_part *part, size_t *lines)
{
	uint64_t bytes;
	size_t users, i;

	*lines = 0;
	for (i = 0; i < part->count; i++) {
		if (batch_count_users(
			part->folder, part->names[i], &users, &bytes) < 0)
			return -1;
		*lines += users;
	}
	return 0;
}

/* Did a run fail that was told a number which nobody has counted? The command
   may have failed for that. */
static bool
may_be_miscounted(const struct attempt *run)
{
	return run->verdict == FAILED && !run->is_counted &&
	       (run->result.outcome == FEED_EXITED ||
		   run->result.outcome == FEED_UNREAD);
}

/* Counts the lines. True: their number is not that of the names. */
static bool
recount(const struct handover *handover, struct source_part *part)
{
	size_t lines;

	if (count_part(part, &lines) < 0 || lines == part->lines)
		return false;
	messages_miscounted(handover->messages, handover->name, part->names,
	    part->count, lines, part->lines);
	part->lines = lines;
	part->is_counted = true;
	return true;
}

/* A run of a group, or of those of its batches that come before one that cannot
   be read. */
static struct attempt
run_group(const struct handover *handover, struct source_part *part)
{
	struct attempt run = attempt_run(handover, part);

	while (run.verdict == UNREADABLE && run.batches > 0) {
		part->count = run.batches;
		(void)!count_part(part, &part->lines);
		run = attempt_run(handover, part);
	}
	part->count = run.batches;
	if (may_be_miscounted(&run) && !handover->signals->stopping &&
	    recount(handover, part))
		run = attempt_run(handover, part);
	return run;
}

enum handover_end
group_hand_over(
    const struct handover *handover, batch_name *names, struct group *group)
{
	struct source_part part = {
	    .folder = handover->new,
	    .names = &names[group->first],
	    .count = group->count,
	    .lines = group->users,
	};
	const struct attempt run = run_group(handover, &part);
	enum handover_end end = HANDOVER_TRY_LATER;

	group->count = part.count;
	switch (run.verdict) {
	case TAKEN:
		end = end_taken(handover, part.names, part.count, run.lines);
		break;
	case REFUSED:
		end = narrow(handover, part.names, part.count);
		break;
	case FAILED:
		messages_not_taken(handover->messages, handover->name,
		    part.names, part.count, run.result);
		break;
	case UNREADABLE:
		errno = run.error;
		(void)report_unreadable(handover, names[group->first++]);
		end = HANDOVER_DONE;
		break;
	}
	if (end == HANDOVER_DONE && handover->signals->stopping)
		return HANDOVER_STOPPED;
	return end;
}

/* A batch from 0.1 is read for that. */
static int
users_of(const struct handover *handover, const char *name, size_t *users)
{
	uint64_t bytes;

	*users = spool_name_lines(name);
	return *users > 0
		   ? 0
		   : batch_count_users(handover->new, name, users, &bytes);
}

struct group
group_next(const struct handover *handover, const struct batches *batches,
    size_t from, uint64_t limit)
{
	struct group group = {.first = from};
	size_t i, users;
	bool unreadable = false;

	for (i = from; i < batches->count && !unreadable; i++) {
		if (limit > 0 && group.users >= limit)
			break;
		if (users_of(handover, batches->names[i], &users) < 0) {
			if (group.count > 0)
				break;
			unreadable =
			    report_unreadable(handover, batches->names[i]);
			group.first = i + 1;
			continue;
		}
		if (limit > 0 && group.count > 0 && group.users + users > limit)
			break;
		group.users += users;
		group.count++;
	}
	return group;
}
