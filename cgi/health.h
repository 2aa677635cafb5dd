/*
 * health.h: could a POST be stored now? Asked by GET of ?health.
 *
 * One thread, which is made for the first question, tries it in the file system
 * (probe.h), for one campaign at a time. Its answer counts for a second, for
 * all who ask meanwhile; those who ask while it tries share what it finds. A
 * disk that hangs holds that thread only: all who wait get their answer after
 * HEALTH_WAIT_MS and a tick of the server, and those who come later at once.
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "spool/campaign.h"

#define HEALTH_KEEP_MS 1000
#define HEALTH_WAIT_MS 5000
#define HEALTH_MAX_WAITING 256 /* questions */

struct health;
struct health_question;
struct site;

struct health_finding {
	int campaign_error; /* an errno of campaign_stat */
	int error; /* an errno of the commit; health_strerror has words */
	bool has_stat;
	struct campaign_stat stat;
};

typedef void health_found(
    struct health_question *question, const struct health_finding *finding);

struct health_question {
	struct site *site; /* held by the caller until `found` */
	const char *campaign;
	health_found *found;
	void *context; /* of `found`, the caller's */
	int64_t since; /* health.c's, as `next` */
	struct health_question *next;
};

/* Of a finding: a constant, or as strerror. ETIMEDOUT: the disk hangs; EBUSY:
   too many ask at the same time. */
const char *health_strerror(int error);

/* NULL and errno. */
struct health *health_new(void) MUST_USE;

/*
 * Calls `found` exactly once: before this returns, or later from another thread
 * that is in here, in health_end_overdue or in health_stop, or the thread of
 * its own. Until then the question and all that it names belong to health.
 */
void health_ask(struct health *health, struct health_question *question);

/* Answers those who have waited for too long. Call it every second or so. */
void health_end_overdue(struct health *health);

/* Waits until all are answered, and for the end of the thread. Nobody asks any
   more. */
void health_stop(struct health *health);

/* After health_stop. A thread that hangs keeps what it uses. */
void health_free(struct health *health);

#endif
