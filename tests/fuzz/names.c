/* Any bytes as the name of a campaign and of a batch: the judgement is that of
   the documented regular expressions, and batches_list takes the same batches.
 */
#include <fcntl.h>
#include <regex.h>
#include <unistd.h>

#include "fuzz.h"
#include "spool/batches.h"
#include "spool/campaign.h"

static regex_t campaign, batch;
static int folder;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *parent = getenv("TMPDIR");
	char path[] = "mixspool-names-XXXXXX";

	(void)argc;
	(void)argv;
	HOLDS(chdir(parent ? parent : "/tmp") == 0 && mkdtemp(path));
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	HOLDS(folder >= 0);
	HOLDS(!regcomp(&campaign, "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
	    REG_EXTENDED | REG_NOSUB));
	HOLDS(!regcomp(&batch,
	    "^[0-9]{8}T[0-9]{6}[.][0-9]{6}Z-[0-9a-f]{8}-[0-9]{6,}(-[0-9]+)?"
	    "[.]jsonl$",
	    REG_EXTENDED | REG_NOSUB));
	return 0;
}

/* Makes a file NAME, if there can be one. */
static void
check_listed(const char *name, bool is_batch)
{
	struct batches batches;
	int fd;

	if (strchr(name, '/'))
		return;
	fd =
	    openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	close(fd);
	HOLDS(batches_list(folder, &batches) == 0);
	HOLDS(batches.count == is_batch);
	HOLDS(!is_batch || !strcmp(batches.names[0], name));
	batches_free(&batches);
	HOLDS(unlinkat(folder, name, 0) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = fuzz_text(data, size);
	bool is_batch = strlen(name) < SPOOL_NAME_SIZE &&
			regexec(&batch, name, 0, NULL, 0) == 0;

	HOLDS(campaign_is_name(name) ==
	      (regexec(&campaign, name, 0, NULL, 0) == 0));
	HOLDS(spool_is_batch_name(name) == is_batch);
	check_listed(name, is_batch);
	free(name);
	return 0;
}
