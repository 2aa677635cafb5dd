/*
 * edge.h: copies that end where no memory follows, so that a read or a write
 * beyond the end stops the test, without a sanitizer, too.
 */
#ifndef EDGE_H
#define EDGE_H

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

#define EDGE_MAX ((size_t)64 * 1024)

/* Stays until the next call. */
static inline char *
edge_copy(const void *data, size_t size)
{
	static char *end;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!end) {
		end = mmap(NULL, EDGE_MAX + page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(end, MAP_FAILED);
		end += EDGE_MAX;
		assert_int_equal(mprotect(end, page, PROT_NONE), 0);
	}
	assert_true(size <= EDGE_MAX);
	return size > 0 ? memcpy(end - size, data, size) : end;
}

#endif
