/* environment.h: the variables that describe its input to a command. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <stddef.h>

#define ENVIRONMENT_OURS 4

struct environment {
	char ours[ENVIRONMENT_OURS][160];
	char **list;
};

/*
 * The environment of this process, with MIXSPOOL_CAMPAIGN, MIXSPOOL_USERS,
 * MIXSPOOL_FIRST and MIXSPOOL_LAST set; valid as long as the struct is in its
 * place. NULL: no memory. Free it with environment_free.
 */
char *const *environment_with(struct environment *environment,
    const char *campaign, size_t users, const char *first, const char *last);
void environment_free(struct environment *environment);

#endif
