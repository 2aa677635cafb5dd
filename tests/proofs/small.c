/* A version with blocks of 4 bytes, whose calls are written to be read: short
   texts have several of them. */
#include "base/wide_inside.h"

#include <string.h>

#define WIDE_TARGET
#define BLOCK 4

typedef struct {
	char byte[BLOCK];
} block;

static inline block
block_load(const char *from)
{
	block x;

	memcpy(x.byte, from, BLOCK);
	return x;
}

static inline void
block_store(char *to, block x)
{
	memcpy(to, x.byte, BLOCK);
}

static inline block
block_spaces(block x)
{
	for (int i = 0; i < BLOCK; i++)
		if (x.byte[i] == '+')
			x.byte[i] = ' ';
	return x;
}

static inline unsigned
block_escape(block x)
{
	unsigned i = 0;

	while (i < BLOCK && x.byte[i] != '%')
		i++;
	return i;
}

static inline bool
block_is_ascii(block x)
{
	bool is_ascii = true;

	for (int i = 0; i < BLOCK; i++)
		is_ascii = is_ascii && (x.byte[i] & 0x80) == 0;
	return is_ascii;
}

static inline uint64_t
block_marks(const char *text)
{
	uint64_t marks = 0;

	for (int i = 0; i < WIDE_MARKS; i++)
		if (text[i] == '"' || text[i] == '\\' ||
		    (unsigned char)text[i] < ' ')
			marks |= (uint64_t)1 << i;
	return marks;
}

#include "base/wide_blocks.h"
