/*
 * random.h: pseudo-random numbers, the same for the same seed, for rehearsals.
 * Not for secrets.
 *
 * Source: SplitMix64 of Steele, Lea and Flood, "Fast splittable pseudorandom
 * number generators", OOPSLA 2014, with Stafford's variant 13 as its mixer.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state; /* any number is a seed */
};

/* A bijection: different inputs give different outputs. */
uint64_t random_mix(uint64_t number);

uint64_t random_next(struct random *random);

/* 0 to LIMIT - 1; LIMIT is 1 to 2^32. */
uint64_t random_below(struct random *random, uint64_t limit);

/* True with this probability, 0 to 1. */
bool random_happens(struct random *random, double probability);

#endif
