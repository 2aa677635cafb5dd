#include "tool/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "tool/batch_lines.h"
#include "tool/tool.h"

/* What bsearch looks for. */
struct key {
	const char *text;
	size_t size;
};

static int
compare_key(const void *a, const void *b)
{
	const struct key *key = a;
	const struct ids_one *one = b;

	if (key->size != one->size)
		return key->size < one->size ? -1 : 1;
	return memcmp(key->text, one->text, key->size);
}

static int
ids_compare(const void *a, const void *b)
{
	const struct ids_one *one = a;
	const struct key key = {one->text, one->size};

	return compare_key(&key, b);
}

int
ids_add(struct ids *ids, const char *text, size_t size)
{
	const size_t room = ids->room ? ids->room * 2 : 16;
	struct ids_one *more, *one;

	if (ids->count == ids->room) {
		more = realloc(ids->all, room * sizeof *more);
		if (!more)
			return -1;
		ids->all = more;
		ids->room = room;
	}
	one = &ids->all[ids->count];
	one->size = size;
	one->text = malloc(size + 1);
	if (!one->text)
		return -1;
	memcpy(one->text, text, size);
	ids->count++;
	ids->is_sorted = false;
	return 0;
}

static int
add_lines(struct ids *ids, int file)
{
	struct batch_lines lines = {0};
	const char *line;
	size_t size;
	int result;

	batch_lines_begin(&lines, file);
	while ((result = batch_lines_next(&lines, &line, &size)) > 0) {
		if (size > 0 && line[size - 1] == '\r')
			size--;
		if (size > 0 && ids_add(ids, line, size) < 0) {
			result = -1;
			break;
		}
	}
	batch_lines_free(&lines);
	return result;
}

static int
add_file(struct ids *ids, const char *path)
{
	const bool is_input = strcmp(path, "-") == 0;
	int file = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int result = file < 0 ? -1 : add_lines(ids, file);
	int status = EX_OK;

	if (result < 0)
		status = say_fail(tool_status_of(errno),
		    "cannot read the ids from %s: %s",
		    is_input ? "standard input" : path, strerror(errno));
	if (!is_input)
		(void)fd_close(file);
	return status;
}

int
ids_take(struct ids *ids, char *const *arguments, int count, const char *from)
{
	int status = from ? add_file(ids, from) : EX_OK, i;

	for (i = 0; i < count && status == EX_OK; i++) {
		if (strcmp(arguments[i], "-") == 0)
			status = add_file(ids, "-");
		else if (!*arguments[i])
			status = say_fail(EX_USAGE, "an id is not empty");
		else if (ids_add(ids, arguments[i], strlen(arguments[i])) < 0)
			status = say_fail(EX_OSERR, "no memory");
	}
	if (status == EX_OK && ids->count == 0 && (from || count > 0))
		status = say_fail(EX_USAGE, "the input has no id");
	return status;
}

bool
ids_have(struct ids *ids, const char *text, size_t size)
{
	const struct key key = {text, size};

	if (ids->count == 0)
		return false;
	if (!ids->is_sorted)
		qsort(ids->all, ids->count, sizeof *ids->all, ids_compare);
	ids->is_sorted = true;
	return bsearch(
	    &key, ids->all, ids->count, sizeof *ids->all, compare_key);
}

void
ids_free(struct ids *ids)
{
	while (ids->count > 0)
		free(ids->all[--ids->count].text);
	free(ids->all);
	*ids = (struct ids){0};
}
