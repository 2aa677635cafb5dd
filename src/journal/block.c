#include "journal/block.h"

#include <stdlib.h>
#include <string.h>

#include "journal/day.h"

struct block *
block_new(void)
{
	struct block *block = malloc(sizeof *block);

	if (!block)
		return NULL;
	block->part_count = block->size = 0;
	*block->bytes = '\n';
	return block;
}

bool
block_add(struct block *block, const struct journal_entry *entry)
{
	const int64_t day = day_of(entry->at_ms);
	size_t last = block->part_count - 1, size;

	if (BLOCK_MAX - block->size < ENTRY_SIZE)
		return false;
	if (block->part_count == 0 || block->parts[last].day != day) {
		if (block->part_count == 2)
			return false;
		last = block->part_count++;
		block->parts[last].day = day;
		block->parts[last].size = 0;
	}
	size = entry_write(entry, block_lines(block) + block->size);
	block->size += size;
	block->parts[last].size += size;
	return true;
}

void
block_remove(struct block *block, size_t at, size_t size)
{
	const size_t rest = block->size - at - size;

	if (rest > 0)
		memmove(block_lines(block) + at, block_lines(block) + at + size,
		    rest);
	block->size -= size;
	block->parts[0].size -= size;
	if (block->parts[0].size == 0) {
		block->parts[0] = block->parts[1];
		block->part_count--;
	}
}

void
block_sift(struct block *block,
    bool (*counts)(void *context, const struct journal_entry *entry),
    void *context)
{
	char *const start = block_lines(block);
	char *const end = start + block->parts[0].size;
	char *from, *next, *to = start;
	struct journal_entry entry;

	for (from = start; from < end; from = next) {
		next = (char *)memchr(from, '\n', (size_t)(end - from)) + 1;
		if (entry_read(from, (size_t)(next - from) - 1, &entry) &&
		    counts(context, &entry))
			continue;
		memmove(to, from, (size_t)(next - from));
		to += next - from;
	}
	if (to < end)
		block_remove(block, (size_t)(to - start), (size_t)(end - to));
}
