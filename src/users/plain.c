#include "users/plain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "users/json.h"

/* All readers below return what follows what they read; NULL: not plain. */
struct reader {
	struct marks *marks;
	bool is_odd;     /* a string is: see json.h */
	bool has_escape; /* the name that was read last has one */
	const struct user_rule *rule;
	const char *start; /* of the user */
	/* The user's own member that is being read. */
	struct user_name name;
	bool counts; /* the rule may know it */
	const char *value;
	struct user_values values;
	struct name_set names; /* the user's own */
};

/*
 * What is open around a value: a bit for each object or list, the innermost one
 * lowest, set for an object, below a bit that is always set. The user is an
 * object itself.
 */
#define AROUND_USER 1u
#define IN_USER 3u

/* P is at the last bracket of the text at most, so that a byte is there. */
static char *__attribute__((noinline)) skip_space_far(char *p)
{
	for (;; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
		else if (*p != ' ' && *p != '\t')
			return p;
	}
}

static inline char *
skip_space(char *p)
{
	return *p <= ' ' ? skip_space_far(p) : p;
}

static char *__attribute__((noinline)) expect_far(char *p, char c)
{
	p = skip_space(p);
	return *p == c ? p + 1 : NULL;
}

/* At P is C, perhaps behind white space. */
static inline char *
expect(char *p, char c)
{
	return *p == c ? p + 1 : expect_far(p, c);
}

/* TO is what a reader of json.h or marks.h returned for P. */
static inline char *
moved(char *p, const char *to)
{
	return to ? p + (to - p) : NULL;
}

/* P is at what is in a string, has a mark, and does not end it. */
static char *__attribute__((noinline))
read_escapes(struct reader *reader, char *p)
{
	const char *last = reader->marks->last;

	reader->has_escape = true;
	while (*p == '\\') {
		p = moved(p, json_read_escape(p, last, &reader->is_odd));
		if (!p)
			return NULL;
		p += marks_find(reader->marks, p) - p;
	}
	return *p == '"' ? p + 1 : NULL;
}

/* P is behind the opening quote. The text is UTF-8. */
static inline char *
read_string(struct reader *reader, char *p)
{
	p += marks_find(reader->marks, p) - p;
	return *p == '"' ? p + 1 : read_escapes(reader, p);
}

/* An exponent of two digits is within the range of every reader. */
static char *
read_number(char *p, const char *end)
{
	struct json_number number;
	const char *number_end = json_read_number(p, end, &number);

	if (!number_end || number.exponent > 2 ||
	    number_end - p > (number.is_integer ? PLAIN_INTEGER : PLAIN_REAL))
		return NULL;
	return moved(p, number_end);
}

/* Keeps one of the user's own names, with its quotes from NAME to END. */
static inline bool
take_name(struct reader *reader, const char *name, const char *end)
{
	const size_t size = (size_t)(end - name) - 2;

	reader->counts = user_rule_has_size(reader->rule, size);
	reader->name = (struct user_name){name + 1, size};
	return !reader->has_escape &&
	       (!user_rule_is_strict(reader->rule) ||
		   name_set_add(&reader->names, name + 1, size));
}

/* P is before the name of a member; returns where its value is. */
static inline char *
read_name(struct reader *reader, char *p, uint64_t around)
{
	const char *name;

	p = expect(p, '"');
	if (!p)
		return NULL;
	name = p - 1;
	reader->has_escape = false;
	p = read_string(reader, p);
	if (!p || (around == IN_USER && !take_name(reader, name, p)))
		return NULL;
	p = expect(p, ':');
	return p && *p != '"' ? skip_space(p) : p;
}

/* P is at a value. What follows the ',' behind it, or NULL: it is not a string
   right before a ','. */
static inline char *
pass_string(const struct reader *reader, char *p)
{
	if (*p != '"')
		return NULL;
	p += marks_find(reader->marks, p + 1) - p;
	return *p == '"' && p[1] == ',' ? p + 2 : NULL;
}

/* P is behind the opening bracket, or a ',' in it. Returns where the next value
   is that is more than a string of no account. */
static inline char *
read_up_to_value(struct reader *reader, char *p, uint64_t around)
{
	char *value;

	if (!(around & 1))
		return skip_space(p);
	do {
		value = read_name(reader, p, around);
		if (!value)
			return NULL;
		if (around == IN_USER && reader->counts)
			break;
		p = pass_string(reader, value);
	} while (p);
	if (around == IN_USER)
		reader->value = value;
	return value;
}

static inline char
closing_bracket(uint64_t around)
{
	return around & 1 ? '}' : ']';
}

/* P is where a bracket may close. Behind the last one is no byte to look at. */
static inline char *
close_bracket(const struct reader *reader, char *p, uint64_t *around)
{
	p = expect(p, closing_bracket(*around));
	*around >>= 1;
	return p && (p <= reader->marks->last || *around == AROUND_USER) ? p
									 : NULL;
}

/* P is behind a value: closes what ends there. Returns what follows a ',', or
   the user's end. */
static inline char *
read_behind_value(struct reader *reader, char *p, uint64_t *around)
{
	char *next;

	for (;;) {
		if (*around == IN_USER && reader->counts)
			user_rule_note(reader->rule, &reader->values,
			    &reader->name, reader->start, reader->value, p);
		next = expect(p, ',');
		if (next)
			return next;
		p = close_bracket(reader, p, around);
		if (!p || *around == AROUND_USER)
			return p;
	}
}

static inline char *
read_scalar(struct reader *reader, char *p)
{
	const char *last = reader->marks->last;

	if (*p == 't' || *p == 'f' || *p == 'n')
		return moved(p, json_read_literal(p, last));
	return read_number(p, last);
}

/* P is at an opening bracket. Returns what follows it, or with *CLOSED what
   follows an object or list that is empty. */
static inline char *
open_bracket(
    const struct reader *reader, char *p, uint64_t *around, bool *closed)
{
	*closed = false;
	if (*around >> PLAIN_DEPTH)
		return NULL;
	*around = *around << 1 | (*p == '{');
	p = skip_space(p + 1);
	*closed = *p == closing_bracket(*around);
	return *closed ? close_bracket(reader, p, around) : p;
}

/* P is at the '{'. */
static char *
read_user(struct reader *reader, char *p)
{
	uint64_t around = AROUND_USER;
	bool is_behind;

	while (p) {
		is_behind = true;
		if (*p == '"')
			p = read_string(reader, p + 1);
		else if (*p == '{' || *p == '[')
			p = open_bracket(reader, p, &around, &is_behind);
		else
			p = read_scalar(reader, p);
		if (p && is_behind && around != AROUND_USER)
			p = read_behind_value(reader, p, &around);
		if (!p || around == AROUND_USER)
			return p;
		p = read_up_to_value(reader, p, around);
	}
	return NULL;
}

char *
plain_user(char *start, struct marks *marks, const struct user_rule *rule,
    struct user_values *values)
{
	struct reader reader;
	char *user_end;

	if (*start != '{' || !marks->last)
		return NULL;
	reader.marks = marks;
	reader.is_odd = false;
	reader.rule = rule;
	reader.start = start;
	reader.values = (struct user_values){0};
	reader.names.count = 0;
	user_end = read_user(&reader, start);
	if (!user_end || reader.is_odd || user_rule_fault(rule, &reader.values))
		return NULL;
	user_rule_mend(start, &reader.values);
	*values = reader.values;
	return user_end;
}
