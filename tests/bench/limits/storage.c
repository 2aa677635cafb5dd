/*
 * storage FOLDER LINES SECONDS: the least that a durable batch can cost. The
 * file LINES again and again as a new file of FOLDER/tmp: write, fdatasync,
 * rename into FOLDER/new, fsync of that folder. Both folders are there.
 * Prints how many and the median time of one in microseconds.
 */

#include <fcntl.h>
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

static int
store(int tmp, int new, size_t number, size_t size)
{
	char name[64];
	int fd;

	snprintf(name, sizeof name, "20261124T065034.123456Z-9f3a1c22-%06zu",
	    number);
	fd = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -1;
	if (write(fd, lines, size) != (ssize_t)size || fdatasync(fd) < 0) {
		close(fd);
		return -1;
	}
	close(fd);
	return renameat(tmp, name, new, name) < 0 ? -1 : fsync(new);
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
	double end, before;
	size_t n = 0, size;
	int tmp, new;

	if (argc != 4 || chdir(argv[1]) < 0 ||
	    (size = read_lines(argv[2])) == 0) {
		fputs("usage: storage FOLDER LINES SECONDS\n", stderr);
		return EX_USAGE;
	}
	tmp = open("tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	new = open("new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	end = microseconds() + strtod(argv[3], NULL) * 1e6;
	while (n < SAMPLES_MAX && (before = microseconds()) < end) {
		if (store(tmp, new, n, size) < 0) {
			perror("storage");
			return EX_IOERR;
		}
		samples[n++] = microseconds() - before;
	}
	qsort(samples, n, sizeof *samples, compare);
	printf("%zu %.1f\n", n, n ? samples[n / 2] : 0);
	return EX_OK;
}
