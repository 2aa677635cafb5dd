#include "once/passed.h"

#include "once/print.h"

int
passed_line(struct passed *passed, struct line_value line)
{
	const size_t size = (size_t)(line.end - line.start);

	if (fwrite_unlocked(line.start, 1, size, passed->to) != size ||
	    putc_unlocked('\n', passed->to) == EOF)
		return -1;
	passed->count++;
	return 0;
}

int
passed_leaves(
    struct passed *passed, const struct token_text *id, const char *rest)
{
	fputs("{\"$distinct_id\":", passed->to);
	print_json_string(passed->to, id->text, id->size);
	fprintf(passed->to,
	    ",\"$properties\":{},\"$cohort\":{\"action\":\"remove_members\"%s,"
	    "\"inferred\":true}}\n",
	    rest);
	passed->count++;
	return ferror(passed->to) ? -1 : 0;
}
