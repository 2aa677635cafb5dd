/* environment.h: the variables that describe its input to a command. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "drain/source.h"

#define ENVIRONMENT_OURS 7

struct environment {
	char ours[ENVIRONMENT_OURS][160];
	char **list;
};

/*
 * The environment of this process, with MIXSPOOL_CAMPAIGN, and for the part
 * MIXSPOOL_USERS, MIXSPOOL_FIRST, MIXSPOOL_LAST, MIXSPOOL_PART,
 * MIXSPOOL_SKIP and MIXSPOOL_CUT set; valid as long as the struct is in its
 * place. NULL: no memory. Free it with environment_free.
 */
char *const *environment_with(struct environment *environment,
    const char *campaign, const struct source_part *part);
void environment_free(struct environment *environment);

#endif
