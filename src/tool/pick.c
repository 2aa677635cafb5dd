#include "tool/pick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/owner.h"

#define BUFFER_SIZE ((size_t)256 * 1024)

int
pick_next(
    struct pick *pick, const char **line, size_t *size, enum person *person)
{
	int result = batch_lines_next(&pick->lines, line, size);

	if (result <= 0)
		return result;
	*person = pick->ids->count == 0
		      ? PERSON_WANTED
		      : person_of(pick->ids, *line, *size, pick->is_aside);
	if (*person != PERSON_NO_MEMORY)
		return 1;
	errno = ENOMEM;
	return -1;
}

/* From the beginning of an open batch. */
static int
pick_begin(struct pick *pick, int file)
{
	if (lseek(file, 0, SEEK_SET) < 0)
		return -1;
	batch_lines_begin(&pick->lines, file);
	return 0;
}

int
pick_count(struct pick *pick, int file, struct pick_counts *counts)
{
	enum person person;
	const char *line;
	size_t size;
	int result = pick_begin(pick, file);

	*counts = (struct pick_counts){0};
	while (result == 0 &&
	       (result = pick_next(pick, &line, &size, &person)) > 0) {
		counts->wanted += person == PERSON_WANTED;
		counts->others += person != PERSON_WANTED;
		counts->unknown += person == PERSON_UNKNOWN;
		result = 0;
	}
	return result;
}

static int
pick_flush(struct pick *pick, int to)
{
	int result = fd_write_all(to, pick->buffer, pick->size);

	pick->size = 0;
	return result;
}

static int
put(struct pick *pick, int to, const char *bytes, size_t size)
{
	if (size > BUFFER_SIZE - pick->size && pick_flush(pick, to) < 0)
		return -1;
	if (size > BUFFER_SIZE)
		return fd_write_all(to, bytes, size);
	memcpy(pick->buffer + pick->size, bytes, size);
	pick->size += size;
	return 0;
}

static int
copy_lines(struct pick *pick, int file, bool wanted, int to)
{
	enum person person;
	const char *line;
	size_t size;
	int result = pick_begin(pick, file);

	pick->size = 0;
	if (!pick->buffer)
		pick->buffer = malloc(BUFFER_SIZE);
	if (!pick->buffer || result < 0)
		return -1;
	while ((result = pick_next(pick, &line, &size, &person)) > 0)
		if ((person == PERSON_WANTED) == wanted &&
		    (put(pick, to, line, size) < 0 ||
			put(pick, to, "\n", 1) < 0))
			return -1;
	return result < 0 ? -1 : pick_flush(pick, to);
}

/* The owner could have kept a batch from the group; so is what is left of it.
 */
static int
take_rights(int to, int from)
{
	struct stat status, own;

	if (fstat(from, &status) < 0 || fstat(to, &own) < 0)
		return -1;
	owner_give(to, &status);
	/* Some file systems keep no modes, and refuse to change one. */
	return (status.st_mode & 0777) == (own.st_mode & 0777)
		   ? 0
		   : fchmod(to, status.st_mode & 0777);
}

int
pick_write(struct pick *pick, int file, bool wanted, int folder, int tmp,
    const char *name)
{
	int to = batch_create(folder, tmp, name);

	if (to < 0)
		return -1;
	if (take_rights(to, file) < 0 ||
	    copy_lines(pick, file, wanted, to) < 0 || fdatasync(to) < 0)
		(void)fd_close(to);
	else if (close(to) == 0)
		return 0;
	return pick_undo(tmp, name);
}

void
pick_free(struct pick *pick)
{
	batch_lines_free(&pick->lines);
	free(pick->buffer);
	pick->buffer = NULL;
}

int
pick_undo(int folder, const char *name)
{
	const int error = errno;

	unlinkat(folder, name, 0);
	errno = error;
	return -1;
}
