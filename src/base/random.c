#include "base/random.h"

uint64_t
random_mix(uint64_t number)
{
	number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
	return number ^ (number >> 31);
}

uint64_t
random_next(struct random *random)
{
	random->state += UINT64_C(0x9e3779b97f4a7c15);
	return random_mix(random->state);
}

uint64_t
random_below(struct random *random, uint64_t limit)
{
	return (random_next(random) >> 32) * limit >> 32;
}

bool
random_happens(struct random *random, double probability)
{
	/* 53 bits, as many as a double holds, become 0 to just below 1. */
	return (double)(random_next(random) >> 11) * 0x1p-53 < probability;
}
