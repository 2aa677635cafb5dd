/*
 * input.h: the standard input of a command, a pipe.
 *
 * poll(2) knows no empty pipe, only one that is not full. So the pipe is
 * smaller than the run: of a small run, it has one page, and is either full or
 * empty; else it is full until the command begins to read.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct input {
	int out;       /* our own hold on the command's end, or -1 */
	int in;        /* -1 once all is written */
	int64_t pause; /* ns until input_is_read is to be asked again; or 0 */
};

/* 0, or -1 and errno; input_close in any case. */
int input_open(struct input *input) MUST_USE;
void input_close(struct input *input);

/* Before the first write: chooses a size. BYTES will come before the last line;
   0: unknown. */
void input_fit(const struct input *input, size_t bytes);

/*
 * Has the command read all that was written? 1, 0 or -1 and errno. After 0 ask
 * again when the pipe is not full, but after the pause, which grows.
 */
int input_is_read(struct input *input) MUST_USE;

#endif
