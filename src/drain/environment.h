/*
 * environment.h: what a command that drain runs is told of its input.
 */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <stddef.h>

#define ENVIRONMENT_OURS 4

struct environment {
	char ours[ENVIRONMENT_OURS][160];
	char **list;
};

/*
 * The process's environment with MIXSPOOL_CAMPAIGN, MIXSPOOL_USERS,
 * MIXSPOOL_FIRST and MIXSPOOL_LAST set. NULL: no memory. Free with
 * environment_free.
 */
char *const *environment_with(struct environment *environment,
    const char *campaign, size_t users, const char *first, const char *last);
void environment_free(struct environment *environment);

#endif
