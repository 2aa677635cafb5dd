#include "users/name_set.h"

#include <string.h>

/* The multiplier of Fibonacci hashing: 2^64 by the golden ratio. */
static uint64_t
mix(uint64_t hash)
{
	hash *= 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static uint32_t
hash(const char *text, size_t size)
{
	uint64_t hash = size, word;

	for (; size >= sizeof word; size -= sizeof word) {
		memcpy(&word, text, sizeof word);
		hash = mix(hash ^ word);
		text += sizeof word;
	}
	for (word = 0; size > 0; size--)
		word = word << 8 | (unsigned char)*text++;
	return (uint32_t)mix(hash ^ word);
}

bool
name_set_add(struct name_set *set, const char *name, size_t size)
{
	const uint32_t added = hash(name, size);
	size_t i;

	if (set->count == NAME_SET_MAX)
		return false;
	for (i = 0; i < set->count; i++)
		if (set->hashes[i] == added)
			return false;
	set->hashes[set->count++] = added;
	return true;
}
