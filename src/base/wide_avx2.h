/*
 * wide_avx2.h: a block is a register of AVX2; also what its version of wide.h
 * does better than wide_blocks.h.
 */
#ifndef WIDE_AVX2_H
#define WIDE_AVX2_H

#include "base/wide_inside.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WIDE_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define BLOCK 32

typedef __m256i block;

WIDE_TARGET static inline block
block_load(const char *from)
{
	return _mm256_loadu_si256((const void *)from);
}

WIDE_TARGET static inline void
block_store(void *to, block x)
{
	_mm256_storeu_si256(to, x);
}

WIDE_TARGET static inline block
block_each(char c)
{
	return _mm256_set1_epi8(c);
}

WIDE_TARGET static inline block
block_equal(block x, char c)
{
	return _mm256_cmpeq_epi8(x, block_each(c));
}

WIDE_TARGET static inline block
block_spaces(block x)
{
	return _mm256_xor_si256(
	    x, _mm256_and_si256(block_equal(x, '+'), block_each('+' ^ ' ')));
}

/* The top bit of each byte. */
WIDE_TARGET static inline unsigned
block_bits(block x)
{
	return (unsigned)_mm256_movemask_epi8(x);
}

WIDE_TARGET static inline unsigned
block_escape(block x)
{
	return (unsigned)_tzcnt_u32(block_bits(block_equal(x, '%')));
}

WIDE_TARGET static inline bool
block_is_ascii(block x)
{
	return !block_bits(x);
}

WIDE_TARGET static inline unsigned
block_special(const char *text)
{
	const block x = block_load(text);
	const block low = _mm256_min_epu8(x, block_each(' ' - 1));

	return block_bits(_mm256_or_si256(_mm256_cmpeq_epi8(low, x),
	    _mm256_or_si256(block_equal(x, '"'), block_equal(x, '\\'))));
}

WIDE_TARGET static inline uint64_t
block_marks(const char *text)
{
	return block_special(text) | (uint64_t)block_special(text + BLOCK)
					 << BLOCK;
}

#include "base/wide_blocks.h"

/* What TABLE has for the lower four bits of each byte of X; 0 above 0x7f. */
WIDE_TARGET static inline block
block_look_up(const uint8_t table[16], block x)
{
	return _mm256_shuffle_epi8(
	    _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table)),
	    x);
}

WIDE_TARGET static inline block
block_upper(block x)
{
	return _mm256_and_si256(_mm256_srli_epi16(x, 4), block_each(0x0f));
}

/* As in wide.h. */
char *wide_avx2_decode(char *text, const char *end, const char **bad);
bool wide_avx2_is_utf8(const char *text, size_t size);

#endif
#endif
