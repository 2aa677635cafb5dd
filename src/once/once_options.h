/* once_options.h: the command line of `mixspool once`. */
#ifndef ONCE_OPTIONS_H
#define ONCE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct once_options {
	const char *state;
	char **command; /* ends with NULL */
	const char *key;
	uint64_t again_s;
	bool profiles;
};

/* 0; -1 after -h; or an exit code, after a message. */
int once_options_parse(
    int argc, char **argv, struct once_options *options) MUST_USE;

#endif
