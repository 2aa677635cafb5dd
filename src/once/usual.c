#include "once/usual.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/wide.h"
#include "users/json.h"

#define EACH(byte) (0x0101010101010101u * (byte))

struct reader {
	const char *end;
	uint64_t seen; /* the bits of all bytes in strings, at least */
};

/* The top bit of each of eight bytes that is a quote, a backslash or a control
   character, the first byte lowest; above the first such bit any may be set. */
static inline uint64_t
special(uint64_t word)
{
	/* By this bit a quote becomes a space, and a space is above that. */
	return (((word ^ EACH(2)) - EACH(' ' + 1)) |
		   ((word ^ EACH('\\')) - EACH(1))) &
	       ~word & EACH(0x80);
}

/* P is behind the opening quote of a string without escapes; returns where the
   closing one is, or NULL. */
static inline const char *
read_string(struct reader *reader, const char *p)
{
	uint64_t word, found;

	for (; reader->end - p >= 8; p += 8) {
		memcpy(&word, p, sizeof word);
		word = le64toh(word);
		reader->seen |= word;
		found = special(word);
		if (!found)
			continue;
		p += __builtin_ctzll(found) / 8;
		return *p == '"' ? p : NULL;
	}
	for (; p < reader->end && *p != '"'; p++) {
		if ((unsigned char)*p < ' ' || *p == '\\')
			return NULL;
		reader->seen |= (unsigned char)*p;
	}
	return p < reader->end ? p : NULL;
}

/* What follows a value that is neither an object nor a list, or NULL. */
static inline const char *
read_value(struct reader *reader, const char *p)
{
	struct json_number number;

	if (p == reader->end)
		return NULL;
	if (*p == '"') {
		p = read_string(reader, p + 1);
		return p ? p + 1 : NULL;
	}
	return *p == '-' || ascii_is_digit(*p)
		   ? json_read_number(p, reader->end, &number)
		   : json_read_literal(p, reader->end);
}

/* What follows an object at P without further objects or lists, or NULL. */
static const char *
read_object(struct reader *reader, const char *p)
{
	const char *end = reader->end;

	if (end - p < 2 || *p != '{')
		return NULL;
	if (p[1] == '}')
		return p + 2;
	do {
		p++;
		if (p == end || *p != '"')
			return NULL;
		p = read_string(reader, p + 1);
		if (!p || end - p < 2 || p[1] != ':')
			return NULL;
		p = read_value(reader, p + 2);
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

#define EXPECT(p, end, word) expect(p, end, word, sizeof(word) - 1)

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

/* NULL: it is another line. Where the properties end. */
static const char *
read_user(struct reader *reader, const char *text, struct line *line)
{
	const char *id = EXPECT(text, reader->end, "{\"$distinct_id\":\"");
	const char *p = id ? read_string(reader, id) : NULL;

	if (!p || p == id)
		return NULL;
	*line = (struct line){.kind = LINE_FORM,
	    .has_id = true,
	    .id = {id, (size_t)(p - id), NULL}};
	p = EXPECT(p, reader->end, "\",\"$properties\":");
	line->properties.start = p;
	return line->properties.end = p ? read_object(reader, p) : NULL;
}

bool
usual_read(
    const char *text, size_t size, struct line_value last, struct line *line)
{
	struct reader reader = {.end = text + size, .seen = 0};
	const char *p = read_user(&reader, text, line);

	if (!p)
		return false;
	if (reader.seen & EACH(0x80) &&
	    !wide_best()->is_utf8(text, (size_t)(p - text)))
		return false;
	return (reader.end - p == 1 && *p == '}') ||
	       read_cohort(p, reader.end, last, line);
}
