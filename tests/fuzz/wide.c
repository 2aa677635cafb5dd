/*
 * Any bytes, by each version of wide.h: all find the same as readers of a byte
 * at a time do.
 */
#include "base/wide.h"

#include "fuzz.h"
#include "reference.h"

static void
check_decode(const struct wide *wide, const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size), *wanted = malloc(size + 1), *end;
	const char *bad = NULL;
	size_t wanted_size;
	bool is_right =
	    reference_decode(data, data + size, wanted, &wanted_size);

	HOLDS(wanted);
	end = wide->decode(text, text + size, &bad);
	if (is_right)
		HOLDS(end == text + wanted_size &&
		      !memcmp(text, wanted, wanted_size));
	else
		HOLDS(!end && bad == text + wanted_size);
	free(wanted);
	free(text);
}

/* How many bytes a character takes that begins with FIRST, or 0; and what its
   second byte may be. */
static size_t
character_size(uint8_t first, uint8_t *min, uint8_t *max)
{
	*min = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*max = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool
is_utf8(const uint8_t *data, size_t size)
{
	size_t i, more;
	uint8_t min, max;

	for (i = 0; i < size; i += more) {
		size_t j;

		more = character_size(data[i], &min, &max);
		if (more == 0 || more > size - i)
			return false;
		for (j = 1; j < more; j++, min = 0x80, max = 0xbf)
			if (data[i + j] < min || data[i + j] > max)
				return false;
	}
	return true;
}

static void
check_marks(const struct wide *wide, const uint8_t *data, size_t size)
{
	const size_t words = size / WIDE_MARKS + 1;
	uint64_t *marks = malloc(words * sizeof *marks);
	char *text = fuzz_copy(data, size);
	size_t i;

	HOLDS(marks);
	HOLDS(wide->is_utf8(text, size) == is_utf8(data, size));
	wide->mark(text, size, marks);
	HOLDS(!memcmp(text, data, size));
	for (i = 0; i < words * WIDE_MARKS; i++) {
		const bool is_marked = i >= size || data[i] < ' ' ||
				       data[i] == '"' || data[i] == '\\';

		HOLDS(
		    (marks[i / WIDE_MARKS] >> i % WIDE_MARKS & 1) == is_marked);
	}
	free(text);
	free(marks);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wide *versions[WIDE_VERSIONS];
	const size_t count = wide_versions(versions);
	size_t i;

	for (i = 0; i < count; i++) {
		check_decode(versions[i], data, size);
		check_marks(versions[i], data, size);
	}
	return 0;
}
