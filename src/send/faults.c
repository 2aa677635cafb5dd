#include "send/faults.h"

#include "base/random.h"

enum client_fault
faults_of_attempt(const struct faults *faults, uint64_t post, uint64_t attempt)
{
	struct random random = {
	    random_mix(faults->seed) ^ random_mix(post << 16 ^ attempt)};

	if (random_happens(&random, faults->cut_bodies))
		return CLIENT_CUT_BODY;
	if (random_happens(&random, faults->drop_answers))
		return CLIENT_DROP_ANSWER;
	return CLIENT_NO_FAULT;
}

bool
faults_duplicate(const struct faults *faults, uint64_t post)
{
	struct random random = {
	    random_mix(faults->seed + 1) ^ random_mix(post)};

	return random_happens(&random, faults->duplicate);
}
