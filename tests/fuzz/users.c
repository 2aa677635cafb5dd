/*
 * Any bytes as the list of users. What is accepted becomes one line a user, and
 * each line, read again, the same line; its id is what jansson finds. What is
 * refused is told in a message that repeats none of it. Of memory, it takes the
 * list once more, and jansson's tree.
 */
#include "users/users.h"

#include <jansson.h>
#include <stdbool.h>

#include "fuzz.h"
#include "messages.h"
#include "shown.h"
#include "start.h"
#include "users/user.h"
#include "users/user_id.h"

static enum users_status
read_list(char *text, size_t size, struct users *users, char error[160])
{
	const struct users_limits limits = {1000, &large};
	struct users_error why = {""};
	enum users_status status;

	memory_begin();
	status = users_read(text, size, &user_rule_form, &limits, users, &why);
	/* The lines are in TEXT; a copy of a user is what jansson reads. */
	memory_end(size, size);
	memcpy(error, why.text, sizeof why.text);
	return status;
}

/* Numbers out of jansson's range are what its own reading has to pass over. */
static void
check_id(const struct user_id *id, const char *line, size_t size)
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

/* jansson alone comes to the same. */
static void
check_plain(const char *text, size_t size)
{
	json_t *tree = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
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
	struct user_id id = {0};

	scan_user(&user, copy + size, &user_rule_form);
	HOLDS(user.end == copy + size);
	HOLDS(user_check(&user, &user_rule_form, &fault) == USER_OK);
	if (user.is_plain)
		check_plain(copy, size);
	HOLDS(user_id_read(&user, &user_rule_form, &id) == 0);
	HOLDS(id.size > 0);
	check_id(&id, line, size);
	user_id_free(&id);
	free(copy);
}

/* LINE without its end. */
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size), error[160];
	struct users users;

	switch (read_list(text, size, &users, error)) {
	case USERS_OK:
		HOLDS(users.lines >= text &&
		      users.lines + users.size <= text + size);
		check_lines(&users);
		shown_add(data, size, users.lines, users.size);
		break;
	case USERS_INVALID:
	case USERS_TOO_MANY:
		HOLDS(is_message_of_users(error));
		break;
	case USERS_NO_MEMORY:
		HOLDS(false);
	}
	free(text);
	return 0;
}
