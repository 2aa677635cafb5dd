/*
 * keeper.h: no command takes a part of its input for the whole.
 *
 * When a feeding process dies, its end of the pipe is closed and the command
 * sees the end of its input, maybe in the middle of a line. So a second process
 * holds that end too. If the first dies before it has said that the input is
 * complete, the keeper kills the command's process group and only then lets go.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <sys/types.h>

#include "base/attributes.h"

struct keeper {
	pid_t pid;
	int life; /* closed by a death */
};

/*
 * Keeps all that this process has open, and with it the input of the process
 * group COMMAND. 0, or -1 and errno.
 */
int keeper_start(struct keeper *keeper, pid_t command) MUST_USE;

/* The input is complete, or its fate is settled: the keeper lets go. */
void keeper_release(struct keeper *keeper);

#endif
