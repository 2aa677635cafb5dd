#include "users/aside_line.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "users/json.h"

#define ELEMENT "\"element\""

/* P is before a name. Returns what follows the ':', or NULL. */
static const char *
skip_name(const char *p, const char *end, bool *is_element)
{
	const char *name = json_skip_space(p, end);
	bool is_odd;

	if (name == end || *name != '"')
		return NULL;
	p = json_read_string(name + 1, end, &is_odd);
	if (!p)
		return NULL;
	*is_element = (size_t)(p - name) == sizeof ELEMENT - 1 &&
		      !memcmp(name, ELEMENT, sizeof ELEMENT - 1);
	p = json_skip_space(p, end);
	return p < end && *p == ':' ? p + 1 : NULL;
}

/* The element is the last member, whatever it is: what follows the ':' in front
   of it, or NULL. */
static const char *
find_element(const char *p, const char *end)
{
	bool is_element = false;

	p = json_skip_space(p, end);
	if (p == end || *p != '{')
		return NULL;
	for (;;) {
		p = skip_name(p + 1, end, &is_element);
		if (!p || is_element)
			return p;
		p = json_read_value(json_skip_space(p, end), end, 1);
		if (!p)
			return NULL;
		p = json_skip_space(p, end);
		if (p == end || *p != ',')
			return NULL;
	}
}

/* Makes a list of the element in ROOM. Returns its size; 0: there is none. */
static size_t
make_list(const char *line, size_t size, char *room)
{
	const char *end = line + size, *element = find_element(line, end);
	size_t element_size;

	while (element && end > element && ascii_is_json_space(end[-1]))
		end--;
	if (!element || end == element || end[-1] != '}')
		return 0;
	element_size = (size_t)(end - element) - 1;
	room[0] = '[';
	memcpy(room + 1, element, element_size);
	room[1 + element_size] = ']';
	return element_size + 2;
}

enum aside_line_status
aside_line_judge(const char *line, size_t size, const struct user_rule *rule,
    sem_t *large, char *room, struct users *users)
{
	const struct users_limits limits = {1, large};
	const size_t list_size = make_list(line, size, room);
	struct users_error error = {""};

	if (list_size == 0)
		return ASIDE_LINE_NO_USER;
	switch (users_read(room, list_size, rule, &limits, users, &error)) {
	case USERS_OK:
		users_free(users);
		return users->count == 1 ? ASIDE_LINE_USER : ASIDE_LINE_NO_USER;
	case USERS_INVALID:
	case USERS_TOO_MANY:
	case USERS_TOO_LARGE:
		break;
	case USERS_NO_MEMORY:
		return ASIDE_LINE_NO_MEMORY;
	}
	return ASIDE_LINE_NO_USER;
}
