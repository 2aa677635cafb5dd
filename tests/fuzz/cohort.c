/*
 * Any bytes as a JSON body. What is accepted becomes lines that are JSON
 * objects: one for each member that is not set aside, and each has its $cohort;
 * or one for a page of members that has none. A refusal quotes nothing, and the
 * action is a slice of the body. The memory is bounded: five slices a member,
 * and jansson's tree.
 */
#include "users/payload.h"

#include <jansson.h>

#include "fuzz.h"
#include "memory.h"
#include "shown.h"
#include "start.h"
#include "users/json.h"
#include "users/user.h"
#include "versions.h"

#define LINES 1000
#define LINE ((size_t)128) /* bytes of a line in aside/ besides the element */

/* The lines in one piece, owned. */
static char *
join(const struct users *users)
{
	char *text, *to;
	size_t i, size = 0;

	if (users->piece_count == 0)
		return fuzz_copy(users->lines, users->size);
	to = text = malloc(users->size);
	HOLDS(text);
	for (i = 0; i < users->piece_count; i++) {
		HOLDS(users->pieces[i].iov_len > 0);
		size += users->pieces[i].iov_len;
		HOLDS(size <= users->size);
		memcpy(to, users->pieces[i].iov_base, users->pieces[i].iov_len);
		to += users->pieces[i].iov_len;
	}
	HOLDS(size == users->size);
	return text;
}

static size_t
count_lines(const char *text, size_t size, bool has_cohort)
{
	static const char cohort[] = "\"$cohort\":{\"action\":";
	const char *line = text, *end = text + size, *newline;
	unsigned char bits[USER_MAX_DEPTH / 8];
	size_t count = 0;

	for (; line < end; line = newline + 1, count++) {
		newline = memchr(line, '\n', (size_t)(end - line));
		HOLDS(newline && *line == '{');
		HOLDS(json_read_deep(line, newline, bits, USER_MAX_DEPTH) ==
		      newline);
		HOLDS(!has_cohort || memmem(line, (size_t)(newline - line),
					 cohort, sizeof cohort - 1));
	}
	return count;
}

static bool
is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct users_limits limits = {LINES, &large};
	char *text = fuzz_copy(data, size), *lines;
	struct users_error error = {""};
	struct payload payload;
	enum users_status status;
	size_t count;

	version_choose(size);
	memory_begin();
	status = payload_read(text, size, &limits, &payload, &error);
	memory_end(2 * PAYLOAD_MAX_PARAMETERS + size +
		       3 * (LINES * (LINE + 5 * sizeof(struct iovec)) + size),
	    size);
	HOLDS(!payload.action ||
	      (payload.action > text &&
		  payload.action + payload.action_size <= text + size));
	HOLDS(is_printable(error.text));
	if (status == USERS_OK) {
		lines = join(&payload.users);
		count = count_lines(
		    lines, payload.users.size, payload.action != NULL);
		HOLDS(count == payload.users.count ||
		      (count == 1 && payload.users.count == 0));
		shown_add(data, size, lines, payload.users.size,
		    payload.users.aside.lines, payload.users.aside.size);
		free(lines);
		users_free(&payload.users);
	} else {
		HOLDS(status != USERS_NO_MEMORY && *error.text);
	}
	free(text);
	return 0;
}
