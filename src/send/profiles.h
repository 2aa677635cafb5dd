/*
 * profiles.h: profiles, one after the other, from JSON Lines in files or on
 * standard input, or invented by sample.h; also the events of a stream.
 * Memory does not grow with them.
 *
 * They are held to the rules of user.h, so that nothing is sent that our own
 * receiver would refuse. A byte order mark, CR at a line's end and blank lines
 * are passed over.
 */
#ifndef PROFILES_H
#define PROFILES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "send/lines.h"
#include "send/sample.h"
#include "users/user.h"

struct profiles_source {
	char **files; /* "-" is standard input */
	size_t file_count;
	uint64_t sample; /* in place of files: how many; 0 for none */
	uint64_t seed;
	time_t day;       /* of sample_profile */
	bool events;      /* any object is taken */
	const char *line; /* the only one, in place of all; or NULL */
};

struct profiles {
	const struct profiles_source *source;
	size_t file; /* the index of the one that is read */
	struct lines lines;
	bool is_quiet; /* set by the caller: a line has gone on for too long to
			  wait for its end, if it is a whole profile */
	uint64_t sampled;
	char sample[SAMPLE_MAX];
};

struct profile {
	const char *text; /* until the next call */
	size_t size;
	struct scan_user user;
	const char *file; /* "standard input", or "sample" */
	uint64_t line;    /* from 1 */
	struct user_fault fault;
};

/* SOURCE must outlive PROFILES. */
void profiles_open(
    struct profiles *profiles, const struct profiles_source *source);

/* The next profile. READING_INVALID: `fault` says why. As lines_next, it never
   waits. */
enum reading profiles_next(
    struct profiles *profiles, struct profile *profile) MUST_USE;

/* Starts again with the first file; not for standard input. */
void profiles_rewind(struct profiles *profiles);

/* The share that has been read, from 0 to 1; -1 when nobody can know. */
double profiles_share(const struct profiles *profiles);

void profiles_close(struct profiles *profiles);

#endif
