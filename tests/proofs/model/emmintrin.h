/*
 * emmintrin.h: for cbmc, which does not know them, the calls of SSE2 that
 * src/base uses, as Intel's "Intrinsics Guide" describes them: a loop over the
 * bytes of a register.
 */
#ifndef EMMINTRIN_H
#define EMMINTRIN_H

#include <stdint.h>

typedef struct {
	uint8_t byte[16];
} __m128i;

/* RESULT is what the bytes x and y of A and B become, i is their place. */
#define MODEL_OF(type, count, name, result)                                    \
	static inline type name(type a, type b)                                \
	{                                                                      \
		type to;                                                       \
		for (int i = 0; i < (count); i++) {                            \
			const uint8_t x = a.byte[i], y = b.byte[i];            \
			to.byte[i] = (uint8_t)(result);                        \
		}                                                              \
		return to;                                                     \
	}

MODEL_OF(__m128i, 16, _mm_cmpeq_epi8, x == y ? 0xff : 0)
MODEL_OF(__m128i, 16, _mm_and_si128, x &y)
MODEL_OF(__m128i, 16, _mm_or_si128, x | y)
MODEL_OF(__m128i, 16, _mm_xor_si128, x ^ y)
MODEL_OF(__m128i, 16, _mm_min_epu8, x < y ? x : y)

static inline __m128i
_mm_loadu_si128(const void *from)
{
	return *(const __m128i *)from;
}

static inline void
_mm_storeu_si128(void *to, __m128i x)
{
	*(__m128i *)to = x;
}

static inline __m128i
_mm_set1_epi8(char c)
{
	__m128i to;

	for (int i = 0; i < 16; i++)
		to.byte[i] = (uint8_t)c;
	return to;
}

static inline int
_mm_movemask_epi8(__m128i x)
{
	unsigned bits = 0;

	for (int i = 0; i < 16; i++)
		bits |= (unsigned)(x.byte[i] >> 7) << i;
	return (int)bits;
}

#endif
