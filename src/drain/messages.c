#include "drain/messages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "spool/lock.h"
#include "tool/tool.h"

static void
make_room(const struct messages *messages)
{
	const int error = errno;

	progress_clear(messages->progress);
	errno = error;
}

void
messages_not_locked(
    const struct messages *messages, const char *campaign, pid_t holder)
{
	make_room(messages);
	if (errno == EAGAIN && holder > 0)
		say("%s: process %ld, such as another drain, has its lock "
		    "already",
		    campaign, (long)holder);
	else if (errno == EAGAIN)
		say("%s: a process on another host or in another container has "
		    "its lock already",
		    campaign);
	else
		say("%s: cannot lock the file lock: %s", campaign,
		    lock_strerror(errno));
}

void
messages_cannot(const struct messages *messages, const char *campaign,
    const char *action, const char *what)
{
	make_room(messages);
	/* Its words are for batches, too. */
	say("%s: cannot %s %s: %s", campaign, action, what,
	    lock_strerror(errno));
}

static void
describe(char *text, size_t size, struct feed_result result, uint64_t timeout)
{
	const int number = result.number;

	switch (result.outcome) {
	case FEED_UNREAD:
		snprintf(text, size,
		    "exited with 0 but did not read all of its input");
		break;
	case FEED_EXITED:
		snprintf(text, size, "exited with %d", number);
		break;
	case FEED_KILLED:
		snprintf(text, size, "was killed by signal %d (%s)", number,
		    strsignal(number));
		break;
	case FEED_STOPPED:
		snprintf(text, size,
		    "was stopped by signal %d (%s), as for using the "
		    "terminal, and then killed",
		    number, strsignal(number));
		break;
	case FEED_TIMED_OUT:
		snprintf(text, size, "was killed after %" PRIu64 " second%s",
		    timeout, tool_plural(timeout));
		break;
	case FEED_NOT_RUN:
		snprintf(text, size, "could not be run: %s", strerror(number));
		break;
	default:
		snprintf(text, size, "could not be given all of its input: %s",
		    strerror(number));
		break;
	}
}

void
messages_not_taken(const struct messages *messages, const char *campaign,
    batch_name *names, size_t count, struct feed_result result)
{
	char what[160];

	describe(what, sizeof what, result, messages->options->timeout);
	make_room(messages);
	say("%s: %s %s; %zu batch%s (%s%s%s) for the next run", campaign,
	    messages->options->command[0], what, count,
	    count == 1 ? " stays" : "es stay", names[0],
	    count == 1 ? "" : " to ", count == 1 ? "" : names[count - 1]);
}

void
messages_miscounted(const struct messages *messages, const char *campaign,
    batch_name *names, size_t count, size_t users, size_t by_name)
{
	make_room(messages);
	say_warning("%s: %s%s%s: %zu user%s, not %zu as the name%s: the run is "
		    "repeated with the right number",
	    campaign, names[0], count == 1 ? "" : " to ",
	    count == 1 ? "" : names[count - 1], users, tool_plural(users),
	    by_name, count == 1 ? " says" : "s say");
}

void
messages_refused(const struct messages *messages, const char *campaign,
    const char *batch, size_t refused, size_t users, const char *in)
{
	make_room(messages);
	say_warning("%s: %s refused %zu of %zu user%s of %s: see failed/%s",
	    campaign, messages->options->command[0], refused, users,
	    tool_plural(users), batch, in);
}

void
messages_head(const struct messages *messages, const char *campaign,
    const char *batch, uint64_t failures, const struct batches *batches,
    size_t behind)
{
	const size_t count = batches->count - behind;
	/* 20261124T065034.123456Z-... is the time in UTC. */
	const char *oldest = count > 0 ? batches->names[behind] : "";

	make_room(messages);
	if (count == 0)
		say_warning("%s: %s has failed %" PRIu64
			    " times in a row; nothing "
			    "waits behind it",
		    campaign, batch, failures);
	else
		say_warning("%s: %s has failed %" PRIu64 " times in a row; %zu "
			    "batch%s behind it, the first since "
			    "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ: see --skip-after",
		    campaign, batch, failures, count,
		    count == 1 ? " waits" : "es wait", oldest, oldest + 4,
		    oldest + 6, oldest + 9, oldest + 11, oldest + 13);
}

void
messages_skipped(
    const struct messages *messages, const char *campaign, const char *batch)
{
	make_room(messages);
	say_warning(
	    "%s: %s is skipped after --skip-after failures: what is behind it "
	    "is handed over, and then it is tried again each time",
	    campaign, batch);
}

void
messages_not_parted(const struct messages *messages, const char *campaign,
    const char *batch, const char *state)
{
	make_room(messages);
	say("%s: cannot write the part of %s that belongs into %s/: %s; all of "
	    "it stays, and the next run hands its good lines over again",
	    campaign, batch, state, strerror(errno));
}

void
messages_not_put_away(
    const struct messages *messages, const char *campaign, const char *state)
{
	make_room(messages);
	if (state)
		say("%s: cannot move the batches of this run to %s/: %s; they "
		    "will be handed over again",
		    campaign, state, strerror(errno));
	else
		say("%s: cannot remove the batches of this run: %s; they will "
		    "be handed over again",
		    campaign, strerror(errno));
}

void
messages_fault(const struct messages *messages, const char *text)
{
	make_room(messages);
	say("%s", text);
}

void
messages_not_opened(const struct messages *messages, const char *campaign)
{
	make_room(messages);
	say("cannot open campaign %s: %s", campaign, strerror(errno));
}

void
messages_not_watched(const struct messages *messages, const char *path)
{
	make_room(messages);
	say("cannot watch all of %s: %s; it is checked from time to time "
	    "instead",
	    path, strerror(errno));
}
