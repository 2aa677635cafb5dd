/*
 * faults.h: the faults of a rehearsal. They depend on the seed, the POST and
 * the attempt, not on timing.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "send/client.h"

struct faults {
	double drop_answers, cut_bodies, duplicate; /* shares, 0 to 1 */
	uint64_t seed;
};

/* The fault of an attempt, from 0, of a POST. */
enum client_fault faults_of_attempt(
    const struct faults *faults, uint64_t post, uint64_t attempt);

/* Whether a POST is sent once more when it is delivered. */
bool faults_duplicate(const struct faults *faults, uint64_t post);

#endif
