/*
 * sieve.h: some hashes, which very many others are compared with.
 *
 * A bit of many tells at once that a hash is none of them, nearly always. For
 * the rest there is a table.
 */
#ifndef SIEVE_H
#define SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIEVE_MAX 16384 /* hashes */

struct sieve {
	uint32_t bit_mask, place_mask;
	uint64_t bits[SIEVE_MAX]; /* 64 bits a hash */
	struct sieve_place {
		uint16_t low;    /* half of the hash */
		uint16_t number; /* from 1; 0: nothing is here */
	} places[2 * SIEVE_MAX];
};

/* Forgets what it has, and makes room for COUNT hashes. */
void sieve_clear(struct sieve *sieve, size_t count);

/* Adds the one of NUMBER, below SIEVE_MAX. */
void sieve_add(struct sieve *sieve, uint32_t hash, size_t number);

/* The lowest bit is 0: it has no hash that begins with BIT, which is a hash &
   bit_mask. */
static inline uint64_t
sieve_bit(const struct sieve *sieve, uint32_t bit)
{
	return sieve->bits[bit / 64] >> bit % 64;
}

/*
 * The numbers of a hash, one by one, and seldom one of another hash: AT is 0 at
 * first, and kept by the caller. False: there are no more.
 */
bool sieve_next(
    const struct sieve *sieve, uint32_t hash, uint32_t *at, size_t *number);

#endif
