/* drain_options.h: what the operator asked of a drain. */
#ifndef DRAIN_OPTIONS_H
#define DRAIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drain_options {
	uint64_t users;      /* of a run, about; 0 for all */
	uint64_t timeout;    /* of a run in seconds; 0 for none */
	uint64_t skip_after; /* so many failures of a batch; 0 for never */
	uint64_t pause;      /* seconds after failures, at most (follow) */
	bool keep;           /* move to done/ instead of removing */
	bool follow;         /* wait for more */
	bool quiet;          /* no error if another drain is running */
	const char *log;     /* "syslog", or NULL for standard error */
	char **paths;        /* spools and campaigns */
	size_t path_count;
	char **command; /* ends with NULL */
	char **program; /* does the same sooner, by its path; or NULL */
};

#endif
