#include "drain/progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

void
progress_start(struct progress *progress)
{
	*progress = (struct progress){0};
	meter_start(&progress->meter);
}

void
progress_expect(
    struct progress *progress, int folder, const struct batches *batches)
{
	struct stat status;
	size_t i;

	if (!progress->meter.shown)
		return;
	progress->expected_bytes = progress->bytes;
	for (i = 0; i < batches->count; i++)
		if (fstatat(folder, batches->names[i], &status,
			AT_SYMLINK_NOFOLLOW) == 0)
			progress->expected_bytes += (uint64_t)status.st_size;
}

static void
progress_draw(struct progress *progress)
{
	const uint64_t elapsed = meter_elapsed_ms(&progress->meter);
	uint64_t rate = progress->users * 1000 / elapsed, left = 0;

	if (progress->bytes > 0 && progress->expected_bytes > progress->bytes)
		left = (progress->expected_bytes - progress->bytes) * elapsed /
		       progress->bytes / 1000;
	meter_draw(&progress->meter,
	    "%" PRIu64 " users, %" PRIu64 " a second, %" PRIu64 ":%02" PRIu64
	    " left",
	    progress->users, rate, left / 60, left % 60);
}

void
progress_bytes(struct progress *progress, size_t bytes)
{
	progress->bytes += bytes;
	if (meter_is_due(&progress->meter))
		progress_draw(progress);
}

void
progress_users(struct progress *progress, size_t users)
{
	progress->users += users;
	progress_bytes(progress, 0);
}

void
progress_clear(const struct progress *progress)
{
	meter_clear(&progress->meter);
}

void
progress_end(struct progress *progress)
{
	const uint64_t elapsed = meter_elapsed_ms(&progress->meter);

	progress_clear(progress);
	if (progress->meter.shown && progress->users > 0)
		fprintf(stderr,
		    "%" PRIu64 " users in %" PRIu64 ".%" PRIu64 " seconds\n",
		    progress->users, elapsed / 1000, elapsed % 1000 / 100);
}
