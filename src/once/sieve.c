#include "once/sieve.h"

#include <string.h>

/* The low bits of a hash choose its bit, the high ones its place. */
static uint32_t
place_of(uint32_t hash)
{
	return hash >> 16 | hash << 16;
}

void
sieve_clear(struct sieve *sieve, size_t count)
{
	size_t room = 64;

	while (room < count)
		room *= 2;
	sieve->bit_mask = (uint32_t)(64 * room - 1);
	sieve->place_mask = (uint32_t)(2 * room - 1);
	memset(sieve->bits, 0, room * sizeof *sieve->bits);
	memset(sieve->places, 0, 2 * room * sizeof *sieve->places);
}

void
sieve_add(struct sieve *sieve, uint32_t hash, size_t number)
{
	const uint32_t bit = hash & sieve->bit_mask;
	uint32_t at = place_of(hash) & sieve->place_mask;

	sieve->bits[bit / 64] |= (uint64_t)1 << bit % 64;
	while (sieve->places[at].number > 0)
		at = (at + 1) & sieve->place_mask;
	sieve->places[at] =
	    (struct sieve_place){(uint16_t)hash, (uint16_t)(number + 1)};
}

bool
sieve_next(
    const struct sieve *sieve, uint32_t hash, uint32_t *at, size_t *number)
{
	const struct sieve_place *place;

	do {
		place = &sieve->places[(place_of(hash) + (*at)++) &
				       sieve->place_mask];
		*number = (size_t)place->number - 1;
	} while (place->number > 0 && place->low != (uint16_t)hash);
	return place->number > 0;
}
