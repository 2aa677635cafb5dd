#include "send/repeats.h"

#include <stdint.h>
#include <string.h>

#define SHORTEST 3
#define SHORTEST_NUMBER 5

/* The body's bytes, without the escapes of the form and of JSON. */
struct reader {
	const char *at, *end;
	bool is_form;
	char ready[4]; /* the rest of a character that was an escape */
	size_t count;
};

struct words {
	char text[REPEATS_MAX];
	size_t start[REPEATS_MAX / 2], size[REPEATS_MAX / 2], count;
};

static int
value_of_hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A byte of the JSON that the form has encoded, or -1 at its end. */
static int
next_of_body(struct reader *reader)
{
	int high, low;

	if (reader->at == reader->end)
		return -1;
	if (!reader->is_form)
		return (unsigned char)*reader->at++;
	if (*reader->at != '%' || reader->end - reader->at < 3) {
		const char c = *reader->at++;

		return c == '+' ? ' ' : (unsigned char)c;
	}
	high = value_of_hex(reader->at[1]);
	low = value_of_hex(reader->at[2]);
	reader->at += 3;
	return high < 0 || low < 0 ? ' ' : high << 4 | low;
}

/* The four digits behind \u, as UTF-16 has them; 0 when they are none. */
static unsigned
read_unit(struct reader *reader)
{
	unsigned unit = 0;
	int i, digit;

	for (i = 0; i < 4; i++) {
		digit = value_of_hex(next_of_body(reader));
		if (digit < 0)
			return 0;
		unit = unit << 4 | (unsigned)digit;
	}
	return unit;
}

/* Leaves all bytes of a character but the first in `ready`, the last first. */
static int
repeats_encode(struct reader *reader, unsigned code)
{
	static const int leads[] = {0, 0xc0, 0xe0, 0xf0};
	const unsigned more = code < 0x80    ? 0
			      : code < 0x800 ? 1
			      : code < 65536 ? 2
					     : 3;

	for (reader->count = 0; reader->count < more; code >>= 6)
		reader->ready[reader->count++] = (char)(0x80 | (code & 0x3f));
	return leads[more] | (int)code;
}

static int
next_of_json(struct reader *reader)
{
	struct reader before;
	unsigned code, low;
	int c;

	if (reader->count > 0)
		return (unsigned char)reader->ready[--reader->count];
	c = next_of_body(reader);
	if (c != '\\')
		return c;
	c = next_of_body(reader);
	if (c != 'u')
		return c < 0 ? c : ' ';
	code = read_unit(reader);
	before = *reader;
	if (code >= 0xd800 && code < 0xdc00 && next_of_body(reader) == '\\' &&
	    next_of_body(reader) == 'u') {
		low = read_unit(reader);
		if (low >= 0xdc00 && low < 0xe000)
			return repeats_encode(reader,
			    0x10000 + ((code - 0xd800) << 10) + low - 0xdc00);
	}
	*reader = before;
	return repeats_encode(reader, code);
}

static int
lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool
is_of_word(int c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') ||
	       (lower(c) >= 'a' && lower(c) <= 'z');
}

static bool
repeats_counts(const char *word, size_t size)
{
	static const char *const common[] = {"and", "are", "bad", "campaign",
	    "distinct", "email", "error", "expected", "field", "first", "for",
	    "found", "has", "invalid", "last", "missing", "mixpanel", "must",
	    "name", "not", "profile", "properties", "request", "the", "unknown",
	    "user", "users", "wrong"};
	size_t i;

	for (i = 0; i < sizeof common / sizeof *common; i++)
		if (strlen(common[i]) == size &&
		    memcmp(common[i], word, size) == 0)
			return false;
	for (i = 0; i < size && word[i] >= '0' && word[i] <= '9'; i++)
		;
	return size >= (i == size ? SHORTEST_NUMBER : SHORTEST);
}

static void
find_words(struct words *words, const char *text, size_t size)
{
	size_t i, start = 0;

	words->count = 0;
	for (i = 0; i <= size && i < sizeof words->text; i++) {
		words->text[i] = ' ';
		if (i < size)
			words->text[i] = (char)lower((unsigned char)text[i]);
		if (is_of_word((unsigned char)words->text[i]))
			continue;
		if (i > start &&
		    repeats_counts(words->text + start, i - start)) {
			words->start[words->count] = start;
			words->size[words->count++] = i - start;
		}
		start = i + 1;
	}
}

/* A word that stands at the end of the text may have been cut there. */
static bool
repeats_has(
    const struct words *words, const char *word, size_t size, size_t end)
{
	size_t i;

	for (i = 0; i < words->count; i++) {
		const bool is_last = words->start[i] + words->size[i] == end;

		if ((size == words->size[i] ||
			(is_last && size > words->size[i])) &&
		    memcmp(word, words->text + words->start[i],
			words->size[i]) == 0)
			return true;
	}
	return false;
}

bool
repeats_user(const char *text, size_t size, const struct body *body)
{
	struct reader reader = {
	    .at = body->bytes + body->head,
	    .end = body->bytes + body->size,
	    .is_form = body->frame->is_form,
	};
	struct words words;
	char word[REPEATS_MAX];
	size_t length = 0;
	int c;

	if (size > REPEATS_MAX - 1)
		size = REPEATS_MAX - 1;
	find_words(&words, text, size);
	while (words.count > 0) {
		c = next_of_json(&reader);
		if (c >= 0 && is_of_word(c)) {
			if (length < sizeof word)
				word[length++] = (char)lower(c);
			continue;
		}
		if (length > 0 && repeats_has(&words, word, length, size))
			return true;
		if (c < 0)
			return false;
		length = 0;
	}
	return false;
}
