/*
 * health_check.h: the campaigns that were asked for; a part of health.c, which
 * has the mutex.
 */
#ifndef HEALTH_CHECK_H
#define HEALTH_CHECK_H

#include "base/attributes.h"
#include "cgi/health.h"
#include "spool/spool_names.h"

struct health_check {
	struct site *site; /* held */
	char campaign[CAMPAIGN_NAME_MAX + 1];
	struct health_question *first; /* those that wait for it */
	struct health_finding finding;
	int64_t until; /* so long it counts, by clock_ms; 0: not at all */
	bool runs;
	struct health_check *next;
};

/* The check that QUESTION asks for, made at the end of the list if there is
   none. NULL: no memory. */
struct health_check *health_check_find(struct health_check **list,
    const struct health_question *question) MUST_USE;

/* Frees those that nobody waits for and that do not count any more. */
void health_check_forget(struct health_check **list, int64_t now);

/* Tries to commit, without the mutex. */
void health_check_run(const struct health_check *check,
    struct spool_names *names, struct health_finding *finding);

/* Puts the question among those that wait. */
void health_check_await(
    struct health_check *check, struct health_question *question);

/* Moves the questions that came before TIME to a list. Their number. */
size_t health_check_take(
    struct health_check *check, int64_t time, struct health_question **list);

#endif
