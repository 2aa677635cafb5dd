#include "once/usual.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "users/json.h"

#define EACH(byte) (0x0101010101010101u * (byte))

/* The top bit of each of eight bytes that ends a plain string, the first byte
   lowest; above the first such bit any may be set. */
static inline uint64_t
special(const char *p)
{
	uint64_t word, quote, slash;

	memcpy(&word, p, sizeof word);
	word = le64toh(word);
	quote = word ^ EACH('"');
	slash = word ^ EACH('\\');
	return (word | ((word - EACH(' ')) & ~word) |
		   ((quote - EACH(1)) & ~quote) |
		   ((slash - EACH(1)) & ~slash)) &
	       EACH(0x80);
}

/* P is behind the opening quote of a plain string; returns where the closing
   one is, or NULL. */
static inline const char *
read_string(const char *p, const char *end)
{
	uint64_t found;

	for (; end - p >= 8; p += 8) {
		found = special(p);
		if (!found)
			continue;
		p += __builtin_ctzll(found) / 8;
		return *p == '"' ? p : NULL;
	}
	for (; p < end && *p != '"'; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x80 ||
		    *p == '\\')
			return NULL;
	return p < end ? p : NULL;
}

/* What follows a value that is neither an object nor a list, or NULL. */
static inline const char *
read_value(const char *p, const char *end)
{
	struct json_number number;

	if (p == end)
		return NULL;
	if (*p == '"') {
		p = read_string(p + 1, end);
		return p ? p + 1 : NULL;
	}
	return *p == '-' || ascii_is_digit(*p)
		   ? json_read_number(p, end, &number)
		   : json_read_literal(p, end);
}

/* What follows an object at P without further objects or lists, or NULL. */
static const char *
read_object(const char *p, const char *end)
{
	if (end - p < 2 || *p != '{')
		return NULL;
	if (p[1] == '}')
		return p + 2;
	do {
		p++;
		if (p == end || *p != '"')
			return NULL;
		p = read_string(p + 1, end);
		if (!p || end - p < 2 || p[1] != ':')
			return NULL;
		p = read_value(p + 2, end);
	} while (p && p < end && *p == ',');
	return p && p < end && *p == '}' ? p + 1 : NULL;
}

/* What follows WORD at P, or NULL. */
static inline const char *
expect(const char *p, const char *end, const char *word, size_t size)
{
	return (size_t)(end - p) >= size && memcmp(p, word, size) == 0
		   ? p + size
		   : NULL;
}

#define EXPECT(p, end, word) expect(p, end, word, sizeof word - 1)

/* P is behind the properties. */
static bool
read_cohort(
    const char *p, const char *end, struct line_value last, struct line *line)
{
	const char *start;

	if (!last.start)
		return false;
	start = EXPECT(p, end, ",\"$cohort\":");
	p = start ? expect(
			start, end, last.start, (size_t)(last.end - last.start))
		  : NULL;
	if (!p || end - p != 1 || *p != '}')
		return false;
	line->kind = LINE_COHORT;
	line->cohort = (struct line_value){start, p};
	line->is_last_cohort = true;
	return true;
}

bool
usual_read(
    const char *text, size_t size, struct line_value last, struct line *line)
{
	const char *end = text + size, *id, *p;

	id = EXPECT(text, end, "{\"$distinct_id\":\"");
	p = id ? read_string(id, end) : NULL;
	if (!p || p == id)
		return false;
	*line = (struct line){.kind = LINE_FORM,
	    .has_id = true,
	    .id = {id, (size_t)(p - id), NULL}};
	p = EXPECT(p, end, "\",\"$properties\":");
	line->properties.start = p;
	p = p ? read_object(p, end) : NULL;
	line->properties.end = p;
	if (!p)
		return false;
	return (end - p == 1 && *p == '}') || read_cohort(p, end, last, line);
}
