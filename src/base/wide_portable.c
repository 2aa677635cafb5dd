/* A block is a word of 8 bytes, the first byte lowest. */
#include <endian.h>
#include <string.h>

#include "base/wide_inside.h"

#define WIDE_TARGET
#define BLOCK 8

#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101u)

typedef uint64_t block;

static inline block
block_load(const char *from)
{
	block x;

	memcpy(&x, from, sizeof x);
	return le64toh(x);
}

static inline void
block_store(char *to, block x)
{
	x = htole64(x);
	memcpy(to, &x, sizeof x);
}

/* The top bit of each byte of X that is 0, exactly: no carry leaves a byte. */
static inline block
block_zero(block x)
{
	return ~(((x & EACH(0x7f)) + EACH(0x7f)) | x) & EACH(0x80);
}

static inline block
block_spaces(block x)
{
	return x ^ (block_zero(x ^ EACH('+')) >> 7) * ('+' ^ ' ');
}

static inline unsigned
block_escape(block x)
{
	const block found = block_zero(x ^ EACH('%'));

	return found ? (unsigned)__builtin_ctzll(found) / 8 : BLOCK;
}

static inline bool
block_is_ascii(block x)
{
	return !(x & EACH(0x80));
}

/* The top bits of the bytes of X as the lowest 8: each is multiplied to a place
   of its own in the uppermost byte. */
static inline block
block_gather(block x)
{
	return (x >> 7) * 0x0102040810204080u >> 56;
}

static inline uint64_t
block_marks(const char *text)
{
	uint64_t marks = 0;
	unsigned i;

	for (i = 0; i < WIDE_MARKS / BLOCK; i++) {
		const block x = block_load(text + (size_t)i * BLOCK);

		/* Below ' ' are the bytes without the three bits above 0x1f. */
		marks |= block_gather(block_zero(x & EACH(0xe0)) |
				      block_zero(x ^ EACH('"')) |
				      block_zero(x ^ EACH('\\')))
			 << i * BLOCK;
	}
	return marks;
}

#include "base/wide_blocks.h"

const struct wide wide_portable = {
    .name = "portable",
    .decode = blocks_decode,
    .is_utf8 = blocks_is_utf8,
    .mark = blocks_mark,
};
