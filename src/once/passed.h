/* passed.h: the lines that pass, on their way to the command. */
#ifndef PASSED_H
#define PASSED_H

#include <stdint.h>
#include <stdio.h>

#include "once/line.h"

struct passed {
	FILE *to;
	uint64_t count;
};

/* A line as it came. 0, or -1 and errno. */
int passed_line(struct passed *passed, struct line_value line) MUST_USE;

/* Somebody was in no page of a whole snapshot, whose $cohort ends with REST. 0,
   or -1 and errno. */
int passed_leaves(struct passed *passed, const struct token_text *id,
    const char *rest) MUST_USE;

#endif
