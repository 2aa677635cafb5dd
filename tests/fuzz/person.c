/* An id, a line end, and lines of a batch: person.h finds the id in the lines
   where jansson does, and pick.h counts the lines that there are. */
#include <jansson.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "tool/pick.h"
#include "users/user.h"

static const char *const names[] = {
    "$distinct_id", "mixpanel_distinct_id", "distinct_id"};

/* Is a string, or a number of few digits, the id? What else it may be, only its
   text tells: it counts as one that JUDGES nothing. */
static bool
is_id(json_t *value, const char *id, size_t size, bool *judges)
{
	*judges = *judges && !json_is_number(value);
	return json_is_string(value) && json_string_length(value) == size &&
	       !memcmp(json_string_value(value), id, size);
}

static bool
has_id(json_t *object, size_t count, const char *id, size_t size, bool *judges)
{
	bool has = false;
	size_t i;

	for (i = 0; i < count; i++)
		has |=
		    is_id(json_object_get(object, names[i]), id, size, judges);
	return has;
}

/* By the words of person.h. */
static bool
is_about(json_t *object, const char *id, size_t size, bool *judges)
{
	static const char *const properties[] = {"$properties", "properties"};
	json_t *own = json_object_get(object, names[0]);
	bool is_cohort = json_is_object(json_object_get(object, "$cohort"));
	bool is_it = own ? is_id(own, id, size, judges)
			 : has_id(object, 3, id, size, judges);
	size_t i;

	if (own && !is_cohort)
		return is_it;
	for (i = 0; i < 2; i++)
		is_it |= has_id(json_object_get(object, properties[i]),
		    is_cohort ? 2 : 3, id, size, judges);
	return is_it;
}

/* A name that is there twice is an id twice for the one, and once for the
   other. */
static void
check_line(struct ids *ids, const char *line, size_t size)
{
	char *copy = fuzz_copy(line, size);
	enum person person = person_of(ids, copy, size, false);
	enum person loose = person_of(ids, copy, size, true);
	json_error_t error;
	json_t *tree = json_loadb(
	    copy, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	bool judges = true, is_it;

	HOLDS(person != PERSON_NO_MEMORY && loose != PERSON_NO_MEMORY);
	if (json_is_object(tree)) {
		is_it =
		    is_about(tree, ids->all[0].text, ids->all[0].size, &judges);
		HOLDS(person != PERSON_UNKNOWN);
		HOLDS(!judges || is_it == (person == PERSON_WANTED));
		/* What is an own id is one anywhere. */
		HOLDS(person != PERSON_WANTED || loose == PERSON_WANTED);
	}
	json_decref(tree);
	free(copy);
}

/* All lines, from a file. */
static void
check_batch(struct ids *ids, const char *text, size_t size, size_t lines)
{
	struct pick pick = {.ids = ids};
	struct pick_counts counts;
	int file = memfd_create("batch", MFD_CLOEXEC);

	HOLDS(file >= 0);
	HOLDS(write(file, text, size) == (ssize_t)size);
	HOLDS(pick_count(&pick, file, &counts) == 0);
	HOLDS(counts.wanted + counts.others == lines);
	HOLDS(counts.unknown <= counts.others);
	pick_free(&pick);
	close(file);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	user_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = text + size, *next;
	const char *line = memchr(text, '\n', size);
	struct ids ids = {0};
	size_t lines = 0;

	if (!line || line == text)
		return 0;
	HOLDS(ids_add(&ids, text, (size_t)(line - text)) == 0);
	text = ++line;
	for (; line < end; line = next ? next + 1 : end) {
		next = memchr(line, '\n', (size_t)(end - line));
		check_line(&ids, line, (size_t)((next ? next : end) - line));
		lines++;
	}
	check_batch(&ids, text, (size_t)(end - text), lines);
	ids_free(&ids);
	return 0;
}
