/*
 * storage FOLDER LINES SECONDS [WAY]: the least that a durable batch can cost.
 * The file LINES again and again as a new file of FOLDER/new, both folders are
 * there. Prints how many and the median time of one in microseconds.
 *
 * WAY is `plain`, as the receiver does: write to FOLDER/tmp, fdatasync, rename,
 * fsync of FOLDER/new; or what could be quicker: `fallocate` before the write;
 * an O_TMPFILE with `linkat` in place of the rename; the four calls as one
 * chain of `io_uring`.
 */

#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define LINES_MAX (1 << 20)
#define SAMPLES_MAX (1 << 20)

static char lines[LINES_MAX];
static double samples[SAMPLES_MAX];

static double
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct batch {
	int tmp, new;
	char name[64];
	size_t size;
};

/* Writes and syncs FD, and closes it. */
static int
fill(int fd, size_t size)
{
	if (write(fd, lines, size) != (ssize_t)size || fdatasync(fd) < 0) {
		close(fd);
		return -1;
	}
	return close(fd);
}

static int
create(const struct batch *batch)
{
	return openat(batch->tmp, batch->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
}

static int
publish(const struct batch *batch)
{
	return renameat(batch->tmp, batch->name, batch->new, batch->name) < 0
		   ? -1
		   : fsync(batch->new);
}

static int
store_plain(const struct batch *batch)
{
	const int fd = create(batch);

	return fd < 0 || fill(fd, batch->size) < 0 ? -1 : publish(batch);
}

static int
store_fallocate(const struct batch *batch)
{
	const int fd = create(batch);

	if (fd < 0 || fallocate(fd, 0, 0, (off_t)batch->size) < 0)
		return -1;
	return fill(fd, batch->size) < 0 ? -1 : publish(batch);
}

static int
store_linkat(const struct batch *batch)
{
	const int fd =
	    openat(batch->tmp, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0640);
	char path[64];

	if (fd < 0 || write(fd, lines, batch->size) != (ssize_t)batch->size ||
	    fdatasync(fd) < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, batch->new, batch->name, AT_SYMLINK_FOLLOW) <
	    0)
		return -1;
	close(fd);
	return fsync(batch->new);
}

static int
store_uring(const struct batch *batch)
{
	static struct io_uring ring;
	struct io_uring_sqe *steps[4];
	struct io_uring_cqe *end;
	int i, fd, failed = 0;

	if (ring.ring_fd == 0 && io_uring_queue_init(8, &ring, 0) < 0)
		return -1;
	fd = create(batch);
	if (fd < 0)
		return -1;
	for (i = 0; i < 4; i++)
		steps[i] = io_uring_get_sqe(&ring);
	io_uring_prep_write(steps[0], fd, lines, (unsigned)batch->size, 0);
	io_uring_prep_fsync(steps[1], fd, IORING_FSYNC_DATASYNC);
	io_uring_prep_renameat(
	    steps[2], batch->tmp, batch->name, batch->new, batch->name, 0);
	io_uring_prep_fsync(steps[3], batch->new, 0);
	for (i = 0; i < 3; i++)
		steps[i]->flags |= IOSQE_IO_LINK;
	io_uring_submit_and_wait(&ring, 4);
	for (i = 0; i < 4; i++) {
		failed |= io_uring_wait_cqe(&ring, &end) < 0 || end->res < 0;
		io_uring_cqe_seen(&ring, end);
	}
	close(fd);
	return failed ? -1 : 0;
}

static const struct way {
	const char *name;
	int (*store)(const struct batch *batch);
} ways[] = {
    {"plain", store_plain},
    {"fallocate", store_fallocate},
    {"linkat", store_linkat},
    {"io_uring", store_uring},
};

static const struct way *
find_way(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	return NULL;
}

static size_t
read_lines(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file)
		return 0;
	size = fread(lines, 1, sizeof lines, file);
	fclose(file);
	return size;
}

int
main(int argc, char **argv)
{
	const struct way *way = find_way(argc == 5 ? argv[4] : "plain");
	struct batch batch;
	double end, before;
	size_t n = 0;

	if ((argc != 4 && argc != 5) || !way || chdir(argv[1]) < 0 ||
	    (batch.size = read_lines(argv[2])) == 0) {
		fputs("usage: storage FOLDER LINES SECONDS [WAY]\n", stderr);
		return EX_USAGE;
	}
	batch.tmp = open("tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	batch.new = open("new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	end = microseconds() + strtod(argv[3], NULL) * 1e6;
	while (n < SAMPLES_MAX && (before = microseconds()) < end) {
		snprintf(batch.name, sizeof batch.name,
		    "20261124T065034.123456Z-9f3a1c22-%06zu", n);
		if (way->store(&batch) < 0) {
			perror("storage");
			return EX_IOERR;
		}
		samples[n++] = microseconds() - before;
	}
	qsort(samples, n, sizeof *samples, compare);
	printf("%zu %.1f\n", n, n ? samples[n / 2] : 0);
	return EX_OK;
}
