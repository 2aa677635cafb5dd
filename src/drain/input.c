#include "drain/input.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fd.h"

#define LARGEST ((size_t)1 << 20)
#define SMALL_RUN ((size_t)16 * 1024)
#define FIRST_PAUSE INT64_C(20000) /* ns; grows by a quarter each time */
#define LONGEST_PAUSE INT64_C(20000000)

/* The hold on the reading end keeps what the command leaves unread countable
   after its exit. */
int
input_open(struct input *input)
{
	int ends[2];

	*input = (struct input){.out = -1, .in = -1};
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	input->out = ends[0];
	input->in = ends[1];
	return fcntl(input->in, F_SETFL, O_NONBLOCK);
}

void
input_close(struct input *input)
{
	fd_close(input->in);
	fd_close(input->out);
	input->in = input->out = -1;
}

void
input_fit(const struct input *input, size_t bytes)
{
	size_t size = LARGEST;

	if (bytes == 0)
		return;
	while (size > SMALL_RUN && size >= bytes)
		size /= 2;
	/* An ordinary user may have too many pipes for a large one. */
	(void)fcntl(
	    input->in, F_SETPIPE_SZ, bytes <= SMALL_RUN ? 1 : (int)size);
}

int
input_is_read(struct input *input)
{
	int unread;

	if (ioctl(input->out, FIONREAD, &unread) < 0)
		return -1;
	input->pause = unread == 0    ? 0
		       : input->pause ? input->pause + input->pause / 4
				      : FIRST_PAUSE;
	if (input->pause > LONGEST_PAUSE)
		input->pause = LONGEST_PAUSE;
	return unread == 0;
}
