/* immintrin.h: the same for AVX2 and BMI2. */
#ifndef IMMINTRIN_H
#define IMMINTRIN_H

#include <assert.h>
#include <emmintrin.h>
#include <string.h>

typedef struct {
	uint8_t byte[32];
} __m256i;

MODEL_OF(__m256i, 32, _mm256_cmpeq_epi8, x == y ? 0xff : 0)
MODEL_OF(__m256i, 32, _mm256_cmpgt_epi8, (int8_t)x > (int8_t)y ? 0xff : 0)
MODEL_OF(__m256i, 32, _mm256_and_si256, x &y)
MODEL_OF(__m256i, 32, _mm256_or_si256, x | y)
MODEL_OF(__m256i, 32, _mm256_xor_si256, x ^ y)
MODEL_OF(__m256i, 32, _mm256_min_epu8, x < y ? x : y)
MODEL_OF(__m256i, 32, _mm256_add_epi8, x + y)
MODEL_OF(__m256i, 32, _mm256_sub_epi8, x - y)
MODEL_OF(__m256i, 32, _mm256_subs_epu8, x > y ? x - y : 0)
/* In each half on its own. */
MODEL_OF(__m256i, 32, _mm256_shuffle_epi8,
    y & 0x80 ? 0 : a.byte[(i & 16) | (y & 15)])

static inline __m256i
_mm256_loadu_si256(const void *from)
{
	return *(const __m256i *)from;
}

static inline void
_mm256_storeu_si256(void *to, __m256i x)
{
	memcpy(to, x.byte, 32);
}

static inline __m256i
_mm256_setzero_si256(void)
{
	return (__m256i){{0}};
}

static inline __m256i
_mm256_set1_epi8(char c)
{
	__m256i to;

	for (int i = 0; i < 32; i++)
		to.byte[i] = (uint8_t)c;
	return to;
}

static inline __m256i
_mm256_setr_epi64x(long long a, long long b, long long c, long long d)
{
	const long long words[4] = {a, b, c, d};
	__m256i to;

	for (int i = 0; i < 32; i++)
		to.byte[i] =
		    (uint8_t)((unsigned long long)words[i / 8] >> 8 * (i % 8));
	return to;
}

static inline __m256i
_mm256_broadcastsi128_si256(__m128i x)
{
	__m256i to;

	for (int i = 0; i < 32; i++)
		to.byte[i] = x.byte[i % 16];
	return to;
}

static inline int
_mm256_movemask_epi8(__m256i x)
{
	unsigned bits = 0;

	for (int i = 0; i < 32; i++)
		bits |= (unsigned)(x.byte[i] >> 7) << i;
	return (int)bits;
}

static inline __m256i
_mm256_blendv_epi8(__m256i a, __m256i b, __m256i mask)
{
	for (int i = 0; i < 32; i++)
		if (mask.byte[i] & 0x80)
			a.byte[i] = b.byte[i];
	return a;
}

/* Words of 16 bits, the lower byte first. */
static inline __m256i
_mm256_srli_epi16(__m256i x, int n)
{
	for (int i = 0; i < 32; i += 2) {
		const unsigned word = x.byte[i] | x.byte[i + 1] << 8;

		x.byte[i] = (uint8_t)(word >> n);
		x.byte[i + 1] = (uint8_t)(word >> n >> 8);
	}
	return x;
}

static inline __m256i
_mm256_slli_epi16(__m256i x, int n)
{
	for (int i = 0; i < 32; i += 2) {
		const unsigned word = (x.byte[i] | x.byte[i + 1] << 8) << n;

		x.byte[i] = (uint8_t)word;
		x.byte[i + 1] = (uint8_t)(word >> 8);
	}
	return x;
}

/* Each half is the lower or upper one of A or of B, or zeros. */
static inline __m256i
_mm256_permute2x128_si256(__m256i a, __m256i b, int what)
{
	__m256i to;

	for (int i = 0; i < 32; i++) {
		const int half = what >> (i / 16 * 4) & 15;
		const __m256i *from = half & 2 ? &b : &a;

		to.byte[i] =
		    half & 8 ? 0 : from->byte[(half & 1) * 16 + i % 16];
	}
	return to;
}

/* In each half: the bytes of A behind those of B, from byte N of them on. */
static inline __m256i
_mm256_alignr_epi8(__m256i a, __m256i b, int n)
{
	__m256i to;

	for (int i = 0; i < 32; i++) {
		const int at = i % 16 + n, half = i & 16;

		to.byte[i] =
		    at < 16 ? b.byte[half + at] : a.byte[half + at - 16];
	}
	return to;
}

/* Sums of the differences of 8 bytes, in words of 64 bits. */
static inline __m256i
_mm256_sad_epu8(__m256i a, __m256i b)
{
	__m256i to = {{0}};

	for (int i = 0; i < 32; i += 8) {
		unsigned sum = 0;

		for (int j = i; j < i + 8; j++)
			sum += (unsigned)(a.byte[j] > b.byte[j]
					      ? a.byte[j] - b.byte[j]
					      : b.byte[j] - a.byte[j]);
		to.byte[i] = (uint8_t)sum;
		to.byte[i + 1] = (uint8_t)(sum >> 8);
	}
	return to;
}

static inline int
_mm256_testz_si256(__m256i a, __m256i b)
{
	uint8_t any = 0;

	for (int i = 0; i < 32; i++)
		any |= a.byte[i] & b.byte[i];
	return !any;
}

/* No bit of B is missing in A. */
static inline int
_mm256_testc_si256(__m256i a, __m256i b)
{
	uint8_t any = 0;

	for (int i = 0; i < 32; i++)
		any |= (uint8_t)(~a.byte[i] & b.byte[i]);
	return !any;
}

static inline unsigned
_tzcnt_u32(unsigned x)
{
	unsigned n = 0;

	while (n < 32 && !(x >> n & 1))
		n++;
	return n;
}

/* Only for whole bytes, which is proved as well: it is much to ask otherwise.
 */
static inline uint64_t
_pext_u64(uint64_t x, uint64_t mask)
{
	uint64_t to = 0;
	unsigned n = 0;

	for (int i = 0; i < 64; i += 8) {
		const uint8_t kept = (uint8_t)(mask >> i);

		assert(kept == 0 || kept == 0xff);
		if (kept) {
			to |= (x >> i & 0xff) << n;
			n += 8;
		}
	}
	return to;
}

#endif
