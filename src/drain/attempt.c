#include "drain/attempt.h"

#include <errno.h>
#include <sysexits.h>

#include "drain/environment.h"
#include "tool/tool.h"

static void
fed(void *context, size_t bytes)
{
	progress_bytes(context, bytes);
}

struct feed_result
attempt(const struct handover *handover, const struct source_part *part)
{
	struct environment environment;
	struct feed_result result;
	const struct feed_job job = {
	    .command = handover->options->command,
	    .environment = environment_with(&environment, handover->name, part),
	    .umask = tool_umask(),
	    .part = part,
	    .timeout = handover->options->timeout,
	    .progress = handover->progress->meter.shown ? fed : NULL,
	    .context = handover->progress,
	};

	if (!job.environment)
		return (struct feed_result){FEED_NOT_RUN, ENOMEM};
	result = feed_run(&job, handover->signals);
	environment_free(&environment);
	return result;
}

enum verdict
attempt_verdict(struct feed_result result)
{
	if (result.outcome == FEED_TAKEN)
		return TAKEN;
	if (result.outcome == FEED_EXITED && result.number == EX_DATAERR)
		return REFUSED;
	return FAILED;
}
