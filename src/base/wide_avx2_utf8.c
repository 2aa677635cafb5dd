/*
 * Each byte is looked up together with the one before it: the ways in which two
 * neighbours can be wrong are told by the upper and the lower four bits of the
 * first one, and by the upper four bits of the second one.
 */
#include "base/wide_avx2.h"

#if defined(__x86_64__)

/*
 * What is wrong with two bytes in a row, a bit for each kind. TWO is right
 * where the second byte is the third or fourth of a character.
 */
#define LONG 0x01  /* ASCII, then a continuation */
#define SHORT 0x02 /* a first byte, then no continuation */
#define OVER2 0x04 /* a character in more bytes than it needs: c0, c1 */
#define OVER3 0x08 /* ... e0 80 to e0 9f */
#define OVER4 0x10 /* ... f0 80 to f0 8f; f5 and above, then 80 to 8f */
#define HALF 0x20  /* a surrogate: ed a0 to ed bf */
#define LARGE 0x40 /* above U+10FFFF: f4 90 and above */
#define TWO 0x80   /* a continuation, then another one */

/* The kinds that the lower four bits of the first byte do not tell apart. */
#define ANY (LONG | SHORT | TWO)
#define F5 (ANY | OVER4 | LARGE)
/* The kinds that all continuations can be of. */
#define NEXT (LONG | OVER2 | TWO)

static const uint8_t by_first[16] = {LONG, LONG, LONG, LONG, LONG, LONG, LONG,
    LONG, TWO, TWO, TWO, TWO, SHORT | OVER2, SHORT, SHORT | OVER3 | HALF,
    SHORT | OVER4 | LARGE};
static const uint8_t by_lower[16] = {ANY | OVER2 | OVER3 | OVER4, ANY | OVER2,
    ANY, ANY, ANY | LARGE, F5, F5, F5, F5, F5, F5, F5, F5, F5 | HALF, F5, F5};
static const uint8_t by_second[16] = {SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,
    SHORT, SHORT, NEXT | OVER3 | OVER4, NEXT | OVER3 | LARGE,
    NEXT | HALF | LARGE, NEXT | HALF | LARGE, SHORT, SHORT, SHORT, SHORT};

/* Not 0 where the bytes of X, behind those of BEFORE, are not UTF-8. */
WIDE_TARGET static inline block
find_faults(block before, block x)
{
	const block across = _mm256_permute2x128_si256(before, x, 0x21);
	const block one = _mm256_alignr_epi8(x, across, 15);
	const block two = _mm256_alignr_epi8(x, across, 14);
	const block three = _mm256_alignr_epi8(x, across, 13);
	const block pairs =
	    _mm256_and_si256(block_look_up(by_first, block_upper(one)),
		_mm256_and_si256(block_look_up(by_lower,
				     _mm256_and_si256(one, block_each(0x0f))),
		    block_look_up(by_second, block_upper(x))));
	/* The top bit is left of e0 and above, and of f0 and above. */
	const block more = _mm256_and_si256(
	    _mm256_or_si256(_mm256_subs_epu8(two, block_each(0xe0 - 0x80)),
		_mm256_subs_epu8(three, block_each(0xf0 - 0x80))),
	    block_each((char)0x80));

	return _mm256_xor_si256(pairs, more);
}

#define PAIR ((ptrdiff_t)2 * BLOCK)

WIDE_TARGET static inline block
any_of_pair(const char *p)
{
	return _mm256_or_si256(block_load(p), block_load(p + BLOCK));
}

WIDE_TARGET static inline const char *
skip_ascii(const char *p, const char *end)
{
	while (end - p >= 2 * PAIR &&
	       block_is_ascii(
		   _mm256_or_si256(any_of_pair(p), any_of_pair(p + PAIR))))
		p += 2 * PAIR;
	return p;
}

WIDE_TARGET bool
wide_avx2_is_utf8(const char *text, size_t size)
{
	block faults = _mm256_setzero_si256(), before = faults, x;
	const char *p = text, *end = text + size;
	char last[BLOCK] = {0};

	for (; end - p >= BLOCK; p += BLOCK) {
		if (block_is_ascii(before)) {
			p = skip_ascii(p, end);
			if (end - p < BLOCK)
				break;
		}
		x = block_load(p);
		faults = _mm256_or_si256(faults, find_faults(before, x));
		before = x;
	}
	/* The NULs are the end of what is not whole. */
	if (p < end)
		memcpy(last, p, (size_t)(end - p));
	faults = _mm256_or_si256(faults, find_faults(before, block_load(last)));
	return _mm256_testz_si256(faults, faults);
}

#endif
