#include "tool/retry_aside.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "spool/batches.h"
#include "spool/folder.h"
#include "tool/pick.h"
#include "users/aside_line.h"
#include "users/user.h"

struct lines {
	char *bytes;
	size_t size, count;
};

/* A batch of aside/, and what becomes of it. The receiver has had all of it in
   memory, too. */
struct work {
	char *memory; /* owned: what follows is in it */
	struct lines all, good, bad;
	char *room; /* for a line */
	sem_t large;
};

/* 0, or -1 and errno. */
static int
work_begin(struct work *work, size_t size)
{
	/* A last line without an end gets one. */
	const size_t room = size + 2;

	*work = (struct work){.memory = malloc(4 * room)};
	if (!work->memory)
		return -1;
	work->all.bytes = work->memory;
	work->good.bytes = work->memory + room;
	work->bad.bytes = work->memory + 2 * room;
	work->room = work->memory + 3 * room;
	return sem_init(&work->large, 0, 1);
}

static int
read_all(int fd, struct lines *all, size_t size)
{
	ssize_t got = 1;

	while (got != 0 && all->size < size) {
		got = read(fd, all->bytes + all->size, size - all->size);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got > 0)
			all->size += (size_t)got;
	}
	if (all->size > 0 && all->bytes[all->size - 1] != '\n')
		all->bytes[all->size++] = '\n';
	return 0;
}

static int
work_read(struct work *work, int aside, const char *batch)
{
	int fd = batch_open(aside, batch), result = -1;
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 &&
	    work_begin(work, (size_t)status.st_size) == 0)
		result = read_all(fd, &work->all, (size_t)status.st_size);
	fd_close(fd);
	return result;
}

static void
add_line(struct lines *lines, const char *line, size_t size)
{
	memcpy(lines->bytes + lines->size, line, size);
	lines->size += size;
	lines->count++;
}

/* Tells the lines that are users from the others. 0, or -1 and errno. */
static int
work_judge(struct work *work)
{
	const char *line = work->all.bytes, *end = line + work->all.size;
	struct users users;
	size_t size;

	for (; line < end; line += size) {
		size = (size_t)((const char *)memchr(
				    line, '\n', (size_t)(end - line)) -
				line) +
		       1;
		switch (aside_line_judge(line, size - 1, &user_rule_form,
		    &work->large, work->room, &users)) {
		case ASIDE_LINE_USER:
			add_line(&work->good, users.lines, users.size);
			break;
		case ASIDE_LINE_NO_USER:
			add_line(&work->bad, line, size);
			break;
		case ASIDE_LINE_NO_MEMORY:
			errno = ENOMEM;
			return -1;
		}
	}
	return 0;
}

/* Makes a durable file in tmp/, whose name TO does not have. */
static int
write_lines(const struct retry_aside *retry, const struct lines *lines,
    const char *batch, int to, batch_name name)
{
	int fd;

	if (batch_name_beside(batch, lines->count, to, name) < 0)
		return -1;
	fd = batch_create(retry->folder, retry->tmp, name);
	if (fd < 0)
		return -1;
	if (fd_write_all(fd, lines->bytes, lines->size) < 0 ||
	    fdatasync(fd) < 0)
		(void)fd_close(fd);
	else if (close(fd) == 0)
		return 0;
	return pick_undo(retry->tmp, name);
}

static int
add_users(const struct retry_aside *retry, const struct lines *good,
    const char *batch)
{
	batch_name name;

	if (write_lines(retry, good, batch, retry->new, name) < 0)
		return -1;
	if (folder_rename(retry->tmp, name, retry->new, name) < 0)
		return pick_undo(retry->tmp, name);
	return fsync(retry->new) < 0 ? pick_undo(retry->new, name) : 0;
}

/* Nothing of what is in new/ by now is undone: a removal or rename that failed
   may have happened all the same. */
static int
take_from_aside(
    const struct retry_aside *retry, const struct lines *bad, const char *batch)
{
	batch_name name;

	if (bad->count == 0) {
		if (unlinkat(retry->aside, batch, 0) < 0)
			return -1;
	} else {
		if (write_lines(retry, bad, batch, retry->aside, name) < 0)
			return -1;
		/* This one replaces the batch, of which it is a part. */
		if (renameat(retry->tmp, name, retry->aside, batch) < 0)
			return pick_undo(retry->tmp, name);
	}
	return fsync(retry->aside);
}

static int
retry_batch(struct retry_aside *retry, const char *batch)
{
	struct work work = {0};
	int result = -1;

	if (work_read(&work, retry->aside, batch) == 0 &&
	    work_judge(&work) == 0 &&
	    (work.good.count == 0 ||
		(add_users(retry, &work.good, batch) == 0 &&
		    take_from_aside(retry, &work.bad, batch) == 0))) {
		retry->users += work.good.count;
		retry->left += work.bad.count;
		result = 0;
	}
	free(work.memory);
	return result;
}

int
retry_aside(struct retry_aside *retry)
{
	struct batches batches;
	size_t i;
	int error = 0;

	user_init();
	if (batches_list(retry->aside, &batches) < 0)
		return -1;
	for (i = 0; i < batches.count; i++)
		if (retry_batch(retry, batches.names[i]) < 0 &&
		    errno != ENOENT && !error)
			error = errno;
	batches_free(&batches);
	errno = error;
	return error ? -1 : 0;
}
