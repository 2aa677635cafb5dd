/*
 * budget.h: bounds the bodies that a process has in hand, all together.
 *
 * A body counts from before its first byte is read until its request is
 * answered. One that does not fit waits, and others that fit pass it. A single
 * body may be larger than the bound: it comes in when nothing else is there.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* Then a request is given up. Below READ_TIMEOUT_MS, which leaves time for the
   body itself. */
#define BUDGET_WAIT_MS 10000

struct budget {
	pthread_mutex_t mutex;
	pthread_cond_t given;
	uint64_t used, max; /* bytes */
};

void budget_init(struct budget *budget, uint64_t max);
void budget_destroy(struct budget *budget);

/* What one request has of it; {0} is nothing. */
struct budget_share {
	struct budget *budget;
	uint64_t bytes;
};

/* Makes the share at least BYTES large. False: nothing became free in time. */
bool budget_take(struct budget_share *share, uint64_t bytes) MUST_USE;

/* The same at once, beyond the bound if need be. */
void budget_add(struct budget_share *share, uint64_t bytes);

/* Gives all of it back. */
void budget_give(struct budget_share *share);

#endif
