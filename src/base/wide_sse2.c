/* A block is a register of SSE2, which each x86-64 has. */
#include "base/wide_inside.h"

#if defined(__x86_64__) || defined(__i386__)

#include <emmintrin.h>

#define WIDE_TARGET __attribute__((target("sse2")))
#define BLOCK 16

typedef __m128i block;

WIDE_TARGET static inline block
block_load(const char *from)
{
	return _mm_loadu_si128((const void *)from);
}

WIDE_TARGET static inline void
block_store(char *to, block x)
{
	_mm_storeu_si128((void *)to, x);
}

WIDE_TARGET static inline block
block_equal(block x, char c)
{
	return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

WIDE_TARGET static inline block
block_spaces(block x)
{
	return _mm_xor_si128(
	    x, _mm_and_si128(block_equal(x, '+'), _mm_set1_epi8('+' ^ ' ')));
}

WIDE_TARGET static inline unsigned
block_escape(block x)
{
	const int found = _mm_movemask_epi8(block_equal(x, '%'));

	return (unsigned)__builtin_ctz((unsigned)found | 1u << BLOCK);
}

WIDE_TARGET static inline bool
block_is_ascii(block x)
{
	return !_mm_movemask_epi8(x);
}

WIDE_TARGET static inline uint64_t
block_marks(const char *text)
{
	uint64_t marks = 0;
	unsigned i;

	for (i = 0; i < WIDE_MARKS / BLOCK; i++) {
		const block x = block_load(text + (size_t)i * BLOCK);
		const block low = _mm_min_epu8(x, _mm_set1_epi8(' ' - 1));
		const block found = _mm_or_si128(_mm_cmpeq_epi8(low, x),
		    _mm_or_si128(block_equal(x, '"'), block_equal(x, '\\')));

		marks |= (uint64_t)(unsigned)_mm_movemask_epi8(found)
			 << i * BLOCK;
	}
	return marks;
}

#include "base/wide_blocks.h"

const struct wide wide_sse2 = {
    .name = "SSE2",
    .decode = blocks_decode,
    .is_utf8 = blocks_is_utf8,
    .mark = blocks_mark,
};

#endif
