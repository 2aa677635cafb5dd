#include "progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

#define REDRAW_MS 200

void
progress_start(struct progress *progress)
{
	*progress = (struct progress){
	    .shown = isatty(STDERR_FILENO), .started = clock_ms()};
}

void
progress_expect(
    struct progress *progress, int folder, const struct batches *batches)
{
	struct stat status;
	size_t i;

	if (!progress->shown)
		return;
	progress->expected_bytes = progress->bytes;
	for (i = 0; i < batches->count; i++)
		if (fstatat(folder, batches->names[i], &status,
			AT_SYMLINK_NOFOLLOW) == 0)
			progress->expected_bytes += (uint64_t)status.st_size;
}

static void
draw(struct progress *progress)
{
	int64_t now = clock_ms(), elapsed = now - progress->started;
	uint64_t rate, left = 0;

	if (elapsed < 1)
		elapsed = 1;
	rate = progress->users * 1000 / (uint64_t)elapsed;
	if (progress->bytes > 0 && progress->expected_bytes > progress->bytes)
		left = (progress->expected_bytes - progress->bytes) *
		       (uint64_t)elapsed / progress->bytes / 1000;
	fprintf(stderr,
	    "\r%" PRIu64 " users, %" PRIu64 " a second, %" PRIu64 ":%02" PRIu64
	    " left\033[K",
	    progress->users, rate, left / 60, left % 60);
	progress->drawn = now;
}

void
progress_bytes(struct progress *progress, size_t bytes)
{
	progress->bytes += bytes;
	if (progress->shown && clock_ms() - progress->drawn >= REDRAW_MS)
		draw(progress);
}

void
progress_users(struct progress *progress, size_t users)
{
	progress->users += users;
	progress_bytes(progress, 0);
}

void
progress_clear(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}

void
progress_end(struct progress *progress)
{
	int64_t elapsed = clock_ms() - progress->started;

	progress_clear(progress);
	if (progress->shown && progress->users > 0)
		fprintf(stderr,
		    "%" PRIu64 " users in %" PRId64 ".%" PRId64 " seconds\n",
		    progress->users, elapsed / 1000, elapsed % 1000 / 100);
}
