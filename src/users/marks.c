#include "users/marks.h"

#include "base/ascii.h"

void
marks_open(struct marks *marks, const char *start, const char *end)
{
	const char *last = end;

	/* The marks stay as they are until there is a window. */
	marks->end = end;
	marks->wide = wide_best();
	marks->window = start;
	marks->size = 0;
	marks->last = NULL;
	while (last > start && ascii_is_json_space(last[-1]))
		last--;
	if (last > start && (last[-1] == '}' || last[-1] == ']') &&
	    marks->wide->is_utf8(start, (size_t)(end - start)))
		marks->last = last - 1;
}

static void
move_window(struct marks *marks, const char *start)
{
	const size_t left = (size_t)(marks->last - start);

	marks->window = start;
	marks->size = left < MARKS_WINDOW ? left : MARKS_WINDOW;
	marks->wide->mark(start, marks->size, marks->bits);
}

const char *
marks_find_far(struct marks *marks, const char *p)
{
	size_t at = (size_t)(p - marks->window), i;
	uint64_t found;

	for (;;) {
		if (at >= marks->size) {
			if (p == marks->last)
				return p;
			move_window(marks, p);
			at = 0;
		}
		/* All bits behind the window are set. */
		i = at / WIDE_MARKS;
		found = marks->bits[i] & ~(uint64_t)0 << at % WIDE_MARKS;
		while (!found)
			found = marks->bits[++i];
		at = i * WIDE_MARKS + (unsigned)__builtin_ctzll(found);
		p = marks->window + at;
		if (at < marks->size)
			return p;
	}
}
