/*
 * Any files in the folders of a campaign: stat must count what this target
 * counts byte by byte. The input is a list of files, each ended by a NUL: the
 * first byte is the kind, and the rest is the content, or for 'x' the name.
 */
#include "tool/counts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "spool/batches.h"
#include "spool/folder.h"

#define FILES 16
#define LARGE ((size_t)300 * 1000) /* more than one read takes */

static struct target target = {.name = "a"};
static int new, failed, aside, tmp;

static int
folder(const char *name)
{
	int fd;

	HOLDS(mkdirat(target.folder, name, 0700) == 0);
	fd = openat(target.folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	HOLDS(fd >= 0);
	return fd;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *parent = getenv("TMPDIR");
	char path[] = "mixspool-counts-XXXXXX";

	(void)argc;
	(void)argv;
	HOLDS(chdir(parent ? parent : "/tmp") == 0 && mkdtemp(path));
	target.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	HOLDS(target.folder >= 0);
	new = folder("new");
	failed = folder("failed");
	aside = folder("aside");
	tmp = folder("tmp");
	return 0;
}

/* false: no file can have this name, or one has it already. */
static bool
put(int where, const char *name, const char *text, size_t size)
{
	int fd =
	    openat(where, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	HOLDS(write(fd, text, size) == (ssize_t)size && close(fd) == 0);
	return true;
}

/* TEXT, again and again; the caller frees it. */
static char *
repeated(const char *text, size_t *size)
{
	size_t have = *size, piece;
	char *large = malloc(LARGE + 1);

	HOLDS(large);
	memcpy(large, text, have);
	while (have > 0 && have < LARGE) {
		piece = have < LARGE - have ? have : LARGE - have;
		memcpy(large + have, large, piece);
		have += piece;
	}
	*size = have;
	return large;
}

static size_t
count_lines(const char *text, size_t size)
{
	size_t lines = 0, i;

	for (i = 0; i < size; i++)
		lines += text[i] == '\n' || i + 1 == size;
	return lines;
}

static void
expect(struct counts *wanted, const char *text, size_t size, time_t made)
{
	wanted->users += count_lines(text, size);
	wanted->bytes += size;
	if (wanted->batches++ == 0)
		wanted->oldest = made;
	wanted->newest = made;
}

/* Makes FILE, which comes without its kind; their times are 1 s apart. */
static size_t
make(char kind, const char *file, int number, struct counts *wanted)
{
	char name[SPOOL_NAME_SIZE], *text = NULL;
	size_t size = strlen(file), foreign = 0;

	snprintf(name, sizeof name,
	    "19700101T0000%02d.000000Z-0000000a-000001%s.jsonl", number,
	    number % 2 ? "-7" : "");
	switch (kind) {
	case 'x':
		if (!strchr(file, '/') && !spool_is_batch_name(file))
			foreign = put(new, file, "x", 1);
		break;
	case 'f':
		wanted->failed += put(failed, name, file, size);
		break;
	case 'a':
		HOLDS(put(aside, name, file, size));
		wanted->aside += count_lines(file, size);
		break;
	case 't':
		wanted->leftovers += put(tmp, name, file, size);
		break;
	default:
		/* Only one, since they take their time. */
		if (kind == 'l' && number == 1 && size < LARGE)
			file = text = repeated(file, &size);
		HOLDS(put(new, name, file, size));
		expect(wanted, file, size, number);
	}
	free(text);
	return foreign;
}

static void
clear(int where)
{
	DIR *stream = folder_list(where);
	const char *name;

	HOLDS(stream);
	while ((name = folder_next(stream)))
		HOLDS(unlinkat(where, name, 0) == 0);
	closedir(stream);
}

static void
check(const struct counts *wanted, size_t foreign)
{
	struct counts counts;

	HOLDS(counts_read(&target, &counts) == 0);
	HOLDS(counts.batches == wanted->batches);
	HOLDS(counts.users == wanted->users);
	HOLDS(counts.bytes == wanted->bytes);
	HOLDS(counts.failed == wanted->failed);
	HOLDS(counts.aside == wanted->aside);
	HOLDS(counts.leftovers == wanted->leftovers);
	HOLDS(counts.oldest == wanted->oldest);
	HOLDS(counts.newest == wanted->newest);
	HOLDS(counts.foreign_count == foreign);
	counts_free(&counts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct counts wanted = {0};
	char *text = fuzz_text(data, size), *file = text;
	size_t foreign = 0;
	int number;

	for (number = 1; number <= FILES && file < text + size; number++) {
		if (*file)
			foreign += make(*file, file + 1, number, &wanted);
		file += strlen(file) + 1;
	}
	check(&wanted, foreign);
	clear(new);
	clear(failed);
	clear(aside);
	clear(tmp);
	free(text);
	return 0;
}
