/* mixspool retry: puts what a command refused back for the next drain. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "batches.h"
#include "target.h"
#include "tool.h"

static const char usage[] =
    "usage: mixspool retry DIR[/CAMPAIGN]...\n"
    "\n"
    "Moves the batches in failed/ back into new/, and says how many.\n";

/* Batches moved, or -1 and errno. The names in new/ are durable first. */
static long
move_back(int failed, int new)
{
	struct batches batches;
	long moved = 0;
	size_t i;
	int error = 0;

	do {
		if (batches_list(failed, &batches) < 0)
			return -1;
		for (i = 0; i < batches.count && !error; i++) {
			if (batch_move(failed, new, batches.names[i]) == 0)
				moved++;
			else if (errno != ENOENT)
				error = errno;
		}
		i = batches.count;
		batches_free(&batches);
	} while (i == BATCHES_MAX && !error);
	if (fsync(new) < 0 || fsync(failed) < 0)
		return -1;
	errno = error;
	return error ? -1 : moved;
}

static int
retry_campaign(const struct target *target)
{
	int failed = campaign_folder(target->folder, "failed");
	int new = -1;
	long moved = 0;

	if (failed < 0 && errno == ENOENT) {
		printf("%s: nothing in failed/\n", target->name);
		return EX_OK;
	}
	if (failed >= 0)
		new = campaign_folder(target->folder, "new");
	if (failed < 0 || new < 0 || (moved = move_back(failed, new)) < 0)
		tool_say("%s: cannot move failed/ to new/: %s", target->name,
		    strerror(errno));
	else
		printf("%s: %ld batch%s back in new/\n", target->name, moved,
		    moved == 1 ? "" : "es");
	if (new >= 0)
		close(new);
	if (failed >= 0)
		close(failed);
	return failed < 0 || new < 0 || moved < 0 ? EX_TEMPFAIL : EX_OK;
}

/* All that PATH names. What fails does not stop the others. */
static int
retry_path(const char *path)
{
	struct targets targets;
	struct target target;
	int result = targets_open(path, &targets);
	size_t i;

	if (result != EX_OK)
		return result;
	for (i = 0; i < targets.count; i++) {
		switch (target_open(&targets, i, &target)) {
		case TARGET_OPEN:
			if (retry_campaign(&target) != EX_OK)
				result = EX_TEMPFAIL;
			target_close(&target);
			break;
		case TARGET_CLOSED:
			result = EX_TEMPFAIL;
			break;
		case TARGET_NONE:
			break;
		}
	}
	targets_free(&targets);
	return result;
}

int
retry(int argc, char **argv)
{
	int option, status, result = EX_OK;

	while ((option = getopt(argc, argv, "+:h")) != -1) {
		if (option != 'h')
			return tool_wrong_option(option, optopt, argv);
		fputs(usage, stdout);
		return EX_OK;
	}
	if (optind == argc)
		return tool_fail(EX_USAGE, "no campaign given, see -h");
	for (; optind < argc; optind++) {
		status = retry_path(argv[optind]);
		if (status != EX_OK)
			result = status;
	}
	return result;
}
