/*
 * arm_neon.h: for cbmc, which does not know them, the calls of NEON that
 * src/base uses, as Arm's "Neon Intrinsics Reference" describes them: a loop
 * over the bytes of a register, the first byte lowest.
 */
#ifndef ARM_NEON_H
#define ARM_NEON_H

#include <stdint.h>

typedef struct {
	uint8_t byte[16];
} uint8x16_t;
typedef uint8x16_t uint16x8_t, uint64x2_t;
typedef struct {
	uint8_t byte[8];
} uint8x8_t;
typedef uint8x8_t uint64x1_t;

#define MODEL_OF(name, result)                                                 \
	static inline uint8x16_t name(uint8x16_t a, uint8x16_t b)              \
	{                                                                      \
		uint8x16_t to;                                                 \
		for (int i = 0; i < 16; i++) {                                 \
			const uint8_t x = a.byte[i], y = b.byte[i];            \
			to.byte[i] = (uint8_t)(result);                        \
		}                                                              \
		return to;                                                     \
	}

MODEL_OF(vceqq_u8, x == y ? 0xff : 0)
MODEL_OF(vcltq_u8, x < y ? 0xff : 0)
MODEL_OF(vandq_u8, x &y)
MODEL_OF(vorrq_u8, x | y)
MODEL_OF(veorq_u8, x ^ y)

#define vreinterpretq_u16_u8(x) (x)
#define vreinterpretq_u64_u8(x) (x)
#define vreinterpret_u64_u8(x) (x)

static inline uint8x16_t
vld1q_u8(const uint8_t *from)
{
	return *(const uint8x16_t *)from;
}

static inline void
vst1q_u8(uint8_t *to, uint8x16_t x)
{
	*(uint8x16_t *)to = x;
}

static inline uint8x16_t
vdupq_n_u8(uint8_t c)
{
	uint8x16_t to;

	for (int i = 0; i < 16; i++)
		to.byte[i] = c;
	return to;
}

/* Sums of neighbours: those of A, then those of B. */
static inline uint8x16_t
vpaddq_u8(uint8x16_t a, uint8x16_t b)
{
	uint8x16_t to;

	for (int i = 0; i < 8; i++) {
		to.byte[i] = (uint8_t)(a.byte[2 * i] + a.byte[2 * i + 1]);
		to.byte[i + 8] = (uint8_t)(b.byte[2 * i] + b.byte[2 * i + 1]);
	}
	return to;
}

static inline uint8_t
vmaxvq_u8(uint8x16_t x)
{
	uint8_t max = 0;

	for (int i = 0; i < 16; i++)
		if (x.byte[i] > max)
			max = x.byte[i];
	return max;
}

/* The lower half of each word of 16 bits, moved down by N. */
static inline uint8x8_t
vshrn_n_u16(uint16x8_t x, int n)
{
	uint8x8_t to;

	for (int i = 0; i < 8; i++)
		to.byte[i] =
		    (uint8_t)((x.byte[2 * i] | x.byte[2 * i + 1] << 8) >> n);
	return to;
}

static inline uint64_t
vget_lane_u64(uint64x1_t x, int lane)
{
	uint64_t to = 0;

	(void)lane;
	for (int i = 0; i < 8; i++)
		to |= (uint64_t)x.byte[i] << 8 * i;
	return to;
}

static inline uint64_t
vgetq_lane_u64(uint64x2_t x, int lane)
{
	uint64_t to = 0;

	for (int i = 0; i < 8; i++)
		to |= (uint64_t)x.byte[8 * lane + i] << 8 * i;
	return to;
}

#endif
