/*
 * Any bytes as the list of users. An accepted user becomes one line, which is
 * the same line when it is read again, and its id is the one that jansson
 * finds. What is set aside is JSON, a line each, and not a user when it is read
 * again. A refusal is a message that quotes nothing. The memory is bounded: the
 * list once more, and jansson's tree. json.h and jansson agree about the bytes.
 */
#include "users/users.h"

#include <jansson.h>
#include <stdbool.h>

#include "fuzz.h"
#include "messages.h"
#include "shown.h"
#include "start.h"
#include "users/json.h"
#include "users/user.h"
#include "users/user_id.h"
#include "versions.h"

#define LINES 1000
#define LINE ((size_t)128) /* bytes of a line in aside/ besides the element */

static enum users_status
read_list(char *text, size_t size, struct users *users, char error[160])
{
	const struct users_limits limits = {LINES, &large};
	struct users_error why = {""};
	enum users_status status;

	memory_begin();
	status = users_read(text, size, &user_rule_form, &limits, users, &why);
	/* The lines are in TEXT. A copy of a user is what jansson reads. What
	   is set aside is in a block that doubles; so are the names of members.
	 */
	memory_end(size + 3 * (LINES * LINE + size) + 24 * size, size);
	memcpy(error, why.text, sizeof why.text);
	return status;
}

/* Numbers out of jansson's range leave no tree to compare with. */
static void
check_id(const struct token_text *id, const char *line, size_t size)
{
	json_t *tree = json_loadb(line, size, JSON_ALLOW_NUL, NULL), *value;
	char number[32];

	value = json_object_get(tree, "$distinct_id");
	if (json_is_string(value)) {
		HOLDS(id->size == json_string_length(value));
		HOLDS(!memcmp(id->text, json_string_value(value), id->size));
	} else if (json_is_integer(value)) {
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		HOLDS(id->size == strlen(number) || id->text[0] == '-');
		HOLDS(!memcmp(id->text, number, id->size) ||
		      !strncmp(id->text, "-0", id->size));
	}
	json_decref(tree);
}

/* Valid JSON that jansson refuses; not a word of what follows it. */
static bool
is_beyond_jansson(const json_error_t *error)
{
	return json_error_code(error) == json_error_numeric_overflow ||
	       json_error_code(error) == json_error_null_byte_in_key ||
	       strstr(error->text, "invalid Unicode");
}

/* Both ways: jansson reads on behind a value, and a NUL makes it stop early. */
static void
check_value(const char *text, size_t size)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	const char *end = text + size, *start, *value_end;
	json_error_t error;
	json_t *tree;

	start = json_skip_space(text, end);
	value_end = json_read_value(start, end, 2048);
	if (value_end) {
		tree = json_loadb(
		    start, (size_t)(value_end - start), flags, &error);
		HOLDS(tree || is_beyond_jansson(&error));
		json_decref(tree);
	}
	tree = json_loadb(text, size, flags | JSON_DISABLE_EOF_CHECK, &error);
	HOLDS(!tree || memchr(text, '\0', size) ||
	      value_end == text + error.position);
	json_decref(tree);
}

/* jansson alone accepts it, too. */
static void
check_plain(const char *text, size_t size)
{
	json_t *tree = json_loadb(text, size, 0, NULL);
	const json_t *id = json_object_get(tree, "$distinct_id");

	HOLDS(json_is_object(json_object_get(tree, "$properties")));
	HOLDS(json_is_integer(id) || json_string_length(id) > 0);
	json_decref(tree);
}

static void
check_user(const char *line, size_t size)
{
	char *copy = fuzz_copy(line, size);
	struct scan_user user = {.start = copy};
	struct user_fault fault;
	struct token_text id = {0};

	scan_user(&user, copy + size, &user_rule_form);
	HOLDS(user.end == copy + size);
	HOLDS(user_check(&user, &user_rule_form, &fault) == USER_OK);
	if (user.is_plain)
		check_plain(copy, size);
	HOLDS(user_id_read(&user, &user_rule_form, &id) == 0);
	HOLDS(id.size > 0);
	check_id(&id, line, size);
	token_text_free(&id);
	free(copy);
}

/* LINE comes without its newline. */
static void
check_line(const char *line, size_t size)
{
	char *list = malloc(size + 2), error[160];
	struct users again;

	HOLDS(list && size >= 2 && line[0] == '{' && line[size - 1] == '}');
	HOLDS(!memchr(line, '\r', size) && !memchr(line, '\0', size));
	list[0] = '[';
	memcpy(list + 1, line, size);
	list[size + 1] = ']';
	HOLDS(read_list(list, size + 2, &again, error) == USERS_OK);
	HOLDS(again.count == 1 && again.size == size + 1);
	HOLDS(again.aside.count == 0);
	HOLDS(!memcmp(again.lines, line, size) && again.lines[size] == '\n');
	free(list);
	check_user(line, size);
}

static void
check_lines(const struct users *users)
{
	const char *line = users->lines, *end = users->lines + users->size;
	const char *newline;
	size_t count;

	for (count = 0; line < end; count++) {
		newline = memchr(line, '\n', (size_t)(end - line));
		HOLDS(newline);
		check_line(line, (size_t)(newline - line));
		line = newline + 1;
	}
	HOLDS(count == users->count);
}

/* ELEMENT, alone in a list, is refused for the same reason. */
static void
check_element(const char *why, const char *element, size_t size)
{
	char *list = malloc(size + 2), error[160];
	struct users again;

	HOLDS(list && size > 0 && is_one_of(why, user_messages, ""));
	list[0] = '[';
	memcpy(list + 1, element, size);
	list[size + 1] = ']';
	HOLDS(read_list(list, size + 2, &again, error) == USERS_INVALID);
	HOLDS(!strncmp(error, "users[0]: ", 10));
	HOLDS(!strcmp(error + 10, why));
	free(list);
}

static void
check_aside(const struct aside *aside)
{
	static const char head[] = "{\"why\":\"", name[] = ",\"element\":";
	const char *line = aside->lines;
	const char *end = line ? line + aside->size : NULL;
	const char *newline, *element;
	char why[160];
	size_t count;

	for (count = 0; line < end; count++) {
		newline = memchr(line, '\n', (size_t)(end - line));
		HOLDS(newline && newline[-1] == '}');
		HOLDS(!memchr(line, '\r', (size_t)(newline - line)));
		HOLDS(!strncmp(line, head, sizeof head - 1));
		line += sizeof head - 1;
		snprintf(
		    why, sizeof why, "%.*s", (int)strcspn(line, "\""), line);
		element = strstr(line, name) + sizeof name - 1;
		check_element(why, element, (size_t)(newline - 1 - element));
		line = newline + 1;
	}
	HOLDS(count == aside->count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size), error[160];
	struct users users;

	version_choose(size);
	check_value(text, size);
	switch (read_list(text, size, &users, error)) {
	case USERS_OK:
		HOLDS(users.lines >= text &&
		      users.lines + users.size <= text + size);
		check_lines(&users);
		check_aside(&users.aside);
		shown_add(data, size, users.lines, users.size,
		    users.aside.lines, users.aside.size);
		users_free(&users);
		break;
	case USERS_INVALID:
	case USERS_TOO_MANY:
	case USERS_TOO_LARGE:
		HOLDS(is_message_of_users(error));
		break;
	case USERS_NO_MEMORY:
		HOLDS(false);
	}
	free(text);
	return 0;
}
