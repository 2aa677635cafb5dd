/* A block is a register of NEON, which each arm64 has. */
#include "base/wide_inside.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define WIDE_TARGET
#define BLOCK 16

typedef uint8x16_t block;

static inline block
block_load(const char *from)
{
	return vld1q_u8((const void *)from);
}

static inline void
block_store(char *to, block x)
{
	vst1q_u8((void *)to, x);
}

static inline block
block_equal(block x, char c)
{
	return vceqq_u8(x, vdupq_n_u8((uint8_t)c));
}

static inline block
block_spaces(block x)
{
	return veorq_u8(
	    x, vandq_u8(block_equal(x, '+'), vdupq_n_u8('+' ^ ' ')));
}

/* Each byte of the comparison is narrowed to four bits. */
static inline unsigned
block_escape(block x)
{
	const uint16x8_t found = vreinterpretq_u16_u8(block_equal(x, '%'));
	const uint64_t bits =
	    vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(found, 4)), 0);

	return bits ? (unsigned)__builtin_ctzll(bits) / 4 : BLOCK;
}

static inline bool
block_is_ascii(block x)
{
	return vmaxvq_u8(x) < 0x80;
}

static inline block
block_special(const char *text)
{
	static const uint8_t bit[BLOCK] = {
	    1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
	const block x = block_load(text);
	const block found = vorrq_u8(vcltq_u8(x, vdupq_n_u8(' ')),
	    vorrq_u8(block_equal(x, '"'), block_equal(x, '\\')));

	return vandq_u8(found, vld1q_u8(bit));
}

/* Adding neighbours thrice makes a byte of the bits of eight. */
static inline uint64_t
block_marks(const char *text)
{
	const block low =
	    vpaddq_u8(block_special(text), block_special(text + 1 * BLOCK));
	const block high = vpaddq_u8(
	    block_special(text + 2 * BLOCK), block_special(text + 3 * BLOCK));
	const block pairs = vpaddq_u8(low, high);

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(pairs, pairs)), 0);
}

#include "base/wide_blocks.h"

const struct wide wide_neon = {
    .name = "NEON",
    .decode = blocks_decode,
    .is_utf8 = blocks_is_utf8,
    .mark = blocks_mark,
};

#endif
