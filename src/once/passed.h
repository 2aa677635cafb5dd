/*
 * passed.h: the lines that pass, on their way to the command.
 *
 * As long as all lines of the input pass, nothing is written: the command can
 * read the input itself.
 */
#ifndef PASSED_H
#define PASSED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "once/line.h"

struct passed {
	FILE *to;
	int input;            /* a file; -1: none */
	uint64_t count, left; /* lines; those of people who leave by a sync */
	/* So many bytes of the input have passed, from its start, and nothing
	   else, and are not in `to`. */
	uint64_t all;
	bool is_all;
};

/* What passes goes to TO, if it is not what INPUT begins with. INPUT is a file,
   or -1. Both stay the caller's. */
void passed_open(struct passed *passed, FILE *to, int input);

/* A line as it came, which is AT a place of the input. 0, or -1 and errno. */
int passed_line(struct passed *passed, uint64_t at, struct line_value line);

/* Somebody was in no page of a whole snapshot, whose $cohort ends with REST. 0,
   or -1 and errno. */
int passed_leaves(
    struct passed *passed, const struct token_text *id, const char *rest);

/* Behind the last one: what has passed, at its start, to be read by the
   command; SIZE is the input's. A descriptor that stays open with the caller's
   files; or -1 and errno. */
int passed_end(struct passed *passed, uint64_t size) MUST_USE;

#endif
