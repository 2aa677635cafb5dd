/*
 * keeper.h: keeps a command from taking a part of its input for the whole.
 *
 * When the process that feeds a command dies, its end of the pipe is closed,
 * and the command sees the end of its input, maybe in the middle of a line. So
 * a second process, the keeper, holds that end too. If the first one dies
 * before it has released the keeper, the keeper kills the command's process
 * group, and lets go of the pipe only then.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <sys/types.h>

#include "base/attributes.h"

struct keeper {
	pid_t pid;
	int life; /* a pipe's end, which the death of this process closes */
};

/*
 * Starts a keeper, which has all open that this process has: also the input of
 * the process group COMMAND. 0, or -1 and errno.
 */
int keeper_start(struct keeper *keeper, pid_t command) MUST_USE;

/* The input is complete, or its command is dead: the keeper ends. */
void keeper_release(struct keeper *keeper);

#endif
