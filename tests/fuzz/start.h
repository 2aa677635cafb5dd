/*
 * start.h: how a target begins that reads users as the receiver does.
 */
#ifndef START_H
#define START_H

#include <semaphore.h>

#include "memory.h"
#include "users/user.h"

static sem_t large; /* of users_limits */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	user_init();
	memory_init();
	return sem_init(&large, 0, 1);
}

#endif
