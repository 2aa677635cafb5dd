#include "once/passed.h"

#include <unistd.h>

#include "once/print.h"
#include "once/scratch.h"

void
passed_open(struct passed *passed, FILE *to, int input)
{
	*passed =
	    (struct passed){.to = to, .input = input, .is_all = input >= 0};
}

/* Writes what has passed up to here: something else follows. 0, or -1 and
   errno. */
static int
part(struct passed *passed)
{
	if (!passed->is_all)
		return 0;
	passed->is_all = false;
	return scratch_copy(fileno(passed->to), passed->input, passed->all);
}

int
passed_line(struct passed *passed, uint64_t at, struct line_value line)
{
	const size_t size = (size_t)(line.end - line.start);

	passed->count++;
	if (passed->is_all && at == passed->all) {
		passed->all += size + 1;
		return 0;
	}
	if (part(passed) < 0 ||
	    fwrite_unlocked(line.start, 1, size, passed->to) != size ||
	    putc_unlocked('\n', passed->to) == EOF)
		return -1;
	return 0;
}

int
passed_leaves(
    struct passed *passed, const struct token_text *id, const char *rest)
{
	if (part(passed) < 0)
		return -1;
	fputs("{\"$distinct_id\":", passed->to);
	print_json_string(passed->to, id->text, id->size);
	fprintf(passed->to,
	    ",\"$properties\":{},\"$cohort\":{\"action\":\"remove_members\"%s,"
	    "\"inferred\":true}}\n",
	    rest);
	passed->count++;
	passed->left++;
	return ferror(passed->to) ? -1 : 0;
}

int
passed_end(struct passed *passed, uint64_t size)
{
	int file = passed->input;

	if (!passed->is_all || passed->all != size) {
		if (part(passed) < 0 || fflush(passed->to) == EOF)
			return -1;
		file = fileno(passed->to);
	}
	return lseek(file, 0, SEEK_SET) < 0 ? -1 : file;
}
