#include "drain/attempt.h"

#include <errno.h>
#include <sysexits.h>

#include "base/clock.h"
#include "drain/environment.h"
#include "tool/tool.h"

static void
fed(void *context, size_t bytes)
{
	progress_bytes(context, bytes);
}

static struct feed_result
attempt_feed(const struct handover *handover, const struct source_part *part,
    struct source *source)
{
	const struct drain_options *options = handover->options;
	struct environment environment;
	struct feed_result result;
	struct feed_job job = {
	    .command = options->program ? options->program : options->command,
	    .environment = environment_with(&environment, handover->name, part),
	    .umask = tool_umask(),
	    .source = source,
	    .timeout = options->timeout,
	    .progress = handover->progress->meter.shown ? fed : NULL,
	    .context = handover->progress,
	};

	if (!job.environment)
		return (struct feed_result){FEED_NOT_RUN, ENOMEM};
	result = feed_run(&job, handover->signals);
	/* An upgrade has moved it since it was found. */
	if (result.outcome == FEED_NOT_RUN && result.number == ENOENT &&
	    options->program) {
		job.command = options->command;
		result = feed_run(&job, handover->signals);
	}
	environment_free(&environment);
	return result;
}

static enum verdict
verdict_of(struct feed_result result)
{
	if (result.outcome == FEED_TAKEN)
		return TAKEN;
	if (result.outcome == FEED_EXITED && result.number == EX_DATAERR)
		return REFUSED;
	return FAILED;
}

/* A batch that somebody took while the run went on is no trouble for the next
   run; any other one would be. */
static bool
found_unreadable(const struct source *source, struct feed_result result)
{
	return source->error &&
	       (source->count == 0 ||
		   (result.outcome == FEED_FAILED && source->error != ENOENT));
}

/* What is in the buffer as a whole is counted before the command is told. */
static void
attempt_count(struct attempt *attempt, const struct source *source)
{
	if (!source->ended || attempt->is_counted)
		return;
	attempt->lines = source_lines(source);
	attempt->is_counted = true;
}

struct attempt
attempt_run(const struct handover *handover, const struct source_part *part)
{
	struct attempt attempt = {.result = {FEED_FAILED, 0},
	    .batches = part->count,
	    .lines = part->lines,
	    .is_counted = part->is_counted};
	struct source_part known = *part;
	struct source source;
	int64_t started;

	if (source_open(&source, part) < 0) {
		attempt.result = (struct feed_result){FEED_NOT_RUN, errno};
		attempt.verdict = FAILED;
		return attempt;
	}
	if (source_fill(&source) < 0) {
		attempt.result.number = errno;
	} else if (source.count > 0) {
		attempt_count(&attempt, &source);
		attempt.batches = known.count = source.count;
		known.lines = attempt.lines;
		started = clock_ms();
		attempt.result = attempt_feed(handover, &known, &source);
		runs_note(handover->runs, handover->name, attempt.lines,
		    attempt.result, clock_ms() - started);
	}
	attempt.verdict = verdict_of(attempt.result);
	if (!part->is_counted && found_unreadable(&source, attempt.result)) {
		attempt.verdict = UNREADABLE;
		attempt.batches = source.count;
		attempt.error = source.error;
	}
	source_close(&source);
	return attempt;
}
