/* log_show.h: the lines of a journal on standard output. */
#ifndef LOG_SHOW_H
#define LOG_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "journal/reader.h"

#define LOG_SHOW_HELD 10

struct log_show {
	int spool;            /* borrowed */
	const char *campaign; /* NULL: all */
	int64_t from_ms;
	bool refused; /* only requests that were refused */
	bool json;    /* as they are in the journal */
	bool follows; /* what comes, too */
	bool holds;   /* only the last LOG_SHOW_HELD of those that are there */

	int folder; /* the journal's; -1, also at first: not there */
	struct reader *reader;
	uint64_t count; /* of lines that were shown, or are held back */
	char *held[LOG_SHOW_HELD];
};

/* Shows them. An exit code, after a message unless it is EX_OK. */
int log_show(struct log_show *log) MUST_USE;
void log_show_free(struct log_show *log);

#endif
