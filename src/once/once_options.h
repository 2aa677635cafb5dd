/* once_options.h: the command line of `mixspool once`, and its environment. */
#ifndef ONCE_OPTIONS_H
#define ONCE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct once_options {
	char *state;    /* as it was given, for messages */
	char **command; /* ends with NULL */
	const char *key;
	uint64_t again_s;
	bool profiles;
	bool init; /* then there is no command */

	const char *campaign;
	uint64_t lines; /* of the input; 0: nobody has counted them */
	bool is_part;   /* the lines are a part of a batch */
	bool is_cut;    /* the part ends before the batch does */
	int64_t first_came, last_came; /* snapshot.h */
};

/* 0; -1 after -h; or an exit code, after a message. */
int once_options_parse(
    int argc, char **argv, struct once_options *options) MUST_USE;

#endif
