/*
 * options.h: the options of a subcommand as a table, and -h, --help. Their
 * values go into the subcommand's own struct.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define OPTIONS_MAX 32

enum options_kind {
	OPTIONS_FLAG,   /* a bool becomes true */
	OPTIONS_CHOICE, /* an int becomes `min` */
	OPTIONS_TEXT,   /* a const char * */
	OPTIONS_COUNT,  /* a uint64_t from `min` to `max`, see number_parse */
	OPTIONS_TIME,   /* the same in seconds, see number_parse_time */
	OPTIONS_SHARE,  /* a double from 0 to 1, see number_parse_share */
	OPTIONS_RATE,   /* a double, times a second, see number_parse_rate */
	OPTIONS_SECRET, /* a char *, a copy to be freed; ARGV's is wiped, since
			   the process list shows it to everybody */
};

struct options_entry {
	const char *name; /* without "--"; or NULL */
	char letter;      /* or '\0' */
	enum options_kind kind;
	size_t at; /* offset of the value */
	uint64_t min, max;
	const char *takes; /* what a wrong value should have been */
};

/*
 * Parses up to the first argument that is not an option, argv[optind] then.
 * COUNT is at most OPTIONS_MAX. 0; -1 after -h, which prints USAGE; or an exit
 * code, after a message.
 */
int options_parse(int argc, char **argv, const char *usage,
    const struct options_entry *entries, size_t count, void *values) MUST_USE;

/* The same with options behind other arguments, which follow argv[optind]. */
int options_parse_anywhere(int argc, char **argv, const char *usage,
    const struct options_entry *entries, size_t count, void *values) MUST_USE;

#endif
