/*
 * memory.h: how much memory a call holds at a time, in two accounts: jansson's
 * and all else. Both are of the thread that began to count, since libFuzzer has
 * others.
 *
 * The sanitizer tells of each malloc and free; a realloc is one of each, so
 * that both blocks count for a moment. jansson's are those between its own
 * allocation functions, which user_init has set and memory_init wraps.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <jansson.h>
#include <sanitizer/allocator_interface.h>

#include "fuzz.h"

/*
 * jansson's bytes for a byte of JSON. The most are those of a '[' that nothing
 * follows: a list of 40 and its table of 8 pointers, 104. "{}," is 75: an
 * object of 72, its table of 128, and a pointer, thrice while the list around
 * grows to twice its size. users.h says 130, since it counts malloc's own
 * bytes, too. The constant is for the tables of the user itself, which is
 * shorter than they are.
 */
#define MEMORY_TREE_FACTOR 104
#define MEMORY_TREE_LEAST 1024

/* Signed: what is freed may be older than the counting. */
struct memory {
	ptrdiff_t now, peak;
};

static _Thread_local struct memory *memory_counted;
static _Thread_local struct memory memory_ours, memory_jansson;
static json_malloc_t memory_malloc;
static json_free_t memory_free;

static inline void
memory_grew(const volatile void *block, size_t size)
{
	struct memory *memory = memory_counted;

	if (!memory || !block)
		return;
	memory->now += (ptrdiff_t)size;
	if (memory->now > memory->peak)
		memory->peak = memory->now;
}

static inline void
memory_shrank(const volatile void *block)
{
	if (memory_counted && block)
		memory_counted->now -=
		    (ptrdiff_t)__sanitizer_get_allocated_size(block);
}

static inline void *
memory_allocate(size_t size)
{
	struct memory *before = memory_counted;
	void *block;

	if (before)
		memory_counted = &memory_jansson;
	block = memory_malloc(size);
	memory_counted = before;
	return block;
}

static inline void
memory_release(void *block)
{
	struct memory *before = memory_counted;

	if (before)
		memory_counted = &memory_jansson;
	memory_free(block);
	memory_counted = before;
}

/* Behind user_init. */
static inline void
memory_init(void)
{
	json_get_alloc_funcs(&memory_malloc, &memory_free);
	json_set_alloc_funcs(memory_allocate, memory_release);
	HOLDS(__sanitizer_install_malloc_and_free_hooks(
		  memory_grew, memory_shrank) > 0);
}

static inline void
memory_begin(void)
{
	memory_ours = memory_jansson = (struct memory){0, 0};
	memory_counted = &memory_ours;
}

/* All of jansson's has been given back, and there never was more than OURS of
   the rest; TEXT bytes were read as JSON. */
static inline void
memory_end(size_t ours, size_t text)
{
	memory_counted = NULL;
	HOLDS(memory_ours.peak <= (ptrdiff_t)ours);
	HOLDS(memory_jansson.peak <=
	      (ptrdiff_t)(MEMORY_TREE_LEAST + MEMORY_TREE_FACTOR * text));
	HOLDS(memory_jansson.now == 0);
}

#endif
