/*
 * An escape is decoded where its last digit is, and BMI2 packs what is kept of
 * a block, 8 bytes at a time: no step depends on where the escapes are.
 */
#include "base/wide_avx2.h"

#if defined(__x86_64__)

/* X with its bytes moved N places up, and zeros below. */
#define BLOCK_UP(x, n)                                                         \
	_mm256_alignr_epi8(x, _mm256_permute2x128_si256(x, x, 0x08), 16 - (n))

/*
 * Digits by their lower four bits and by their upper ones: a bit above the
 * lowest four is in both only where the byte is a digit, and the sum of the
 * lowest four is its value.
 */
#define DECIMAL 0x10
#define LETTER 0x20
#define BOTH (DECIMAL | LETTER)

struct digits {
	block values; /* in the lower four bits */
	block places; /* 0xff for each digit */
};

WIDE_TARGET static inline struct digits
find_digits(block x)
{
	static const uint8_t by_lower[16] = {DECIMAL | 0, BOTH | 1, BOTH | 2,
	    BOTH | 3, BOTH | 4, BOTH | 5, BOTH | 6, DECIMAL | 7, DECIMAL | 8,
	    DECIMAL | 9};
	static const uint8_t by_upper[16] = {
	    [3] = DECIMAL, [4] = LETTER | 9, [6] = LETTER | 9};
	const block low = block_look_up(by_lower, x);
	const block high = block_look_up(by_upper, block_upper(x));

	return (struct digits){
	    _mm256_and_si256(_mm256_add_epi8(low, high), block_each(0x0f)),
	    _mm256_cmpgt_epi8(_mm256_and_si256(low, high), block_each(0x0f)),
	};
}

/* Writes the bytes of WORD that are 0xff in KEEP, and as many zeros. */
WIDE_TARGET static inline void
pack_word(char *to, uint64_t word, uint64_t keep)
{
	word = _pext_u64(word, keep);
	memcpy(to, &word, sizeof word);
}

/* Writes the bytes of X that are 0xff in KEEP; behind them, within a block,
   zeros. Returns where those end. */
WIDE_TARGET static inline char *
pack(char *to, block x, block keep)
{
	const block zero = _mm256_setzero_si256();
	uint64_t words[4], kept[4], sizes[4];

	block_store(words, x);
	block_store(kept, keep);
	block_store(sizes, _mm256_sad_epu8(_mm256_sub_epi8(zero, keep), zero));
	pack_word(to, words[0], kept[0]);
	to += sizes[0];
	pack_word(to, words[1], kept[1]);
	to += sizes[1];
	pack_word(to, words[2], kept[2]);
	to += sizes[2];
	pack_word(to, words[3], kept[3]);
	return to + sizes[3];
}

/* Escapes that begin in the first STRIDE bytes of a block end in it. */
#define STRIDE 30

/*
 * Decodes most of a block at *FROM to *TO, which is at least 2 bytes below:
 * what it overwrites has been read, or is the block itself. false: an escape is
 * bad, and nothing is decoded.
 */
WIDE_TARGET static inline bool
decode_block(char **to, const char **from)
{
	const block within = _mm256_setr_epi64x(-1, -1, -1, 0x0000ffffffffffff);
	const block x = block_load(*from);
	const block escapes = _mm256_and_si256(block_equal(x, '%'), within);
	const block first = BLOCK_UP(escapes, 1);
	const block last = BLOCK_UP(escapes, 2);
	const struct digits digits = find_digits(x);
	const block values = _mm256_or_si256(
	    digits.values, _mm256_slli_epi16(BLOCK_UP(digits.values, 1), 4));
	size_t size;

	if (!_mm256_testc_si256(digits.places, _mm256_or_si256(first, last)))
		return false;
	*to = pack(*to, _mm256_blendv_epi8(block_spaces(x), values, last),
	    _mm256_cmpeq_epi8(
		_mm256_or_si256(escapes, first), _mm256_setzero_si256()));
	/* The last digit may be one of the two bytes behind. */
	size = STRIDE + (block_bits(escapes) >> (STRIDE - 2));
	*to -= BLOCK - size;
	*from += size;
	return true;
}

WIDE_TARGET char *
wide_avx2_decode(char *text, const char *end, const char **bad)
{
	char *to = blocks_spaces(text, end);
	const char *from = to;

	/* Two bytes are gained by the first escape. */
	if (from < end) {
		to = blocks_escapes(to, &from, end);
		if (!to) {
			*bad = from;
			return NULL;
		}
	}
	if (end - from >= BLOCK) {
		const char *last = end - BLOCK;

		while (from <= last && decode_block(&to, &from))
			;
	}
	return wide_decode_bytes(to, from, end, bad);
}

#endif
