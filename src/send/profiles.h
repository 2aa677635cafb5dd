/*
 * profiles.h: profiles, one after the other, from JSON Lines in files or on
 * standard input, or made up by sample.h. Memory does not grow with them.
 *
 * What is read is held to the rules of user.h, so that nothing is sent that a
 * receiver of ours would refuse. A byte order mark, CR at a line's end and
 * blank lines are passed over.
 */
#ifndef PROFILES_H
#define PROFILES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "users/user.h"

#define PROFILES_MAX_LINE                                                      \
	1048576 /* bytes; Mixpanel's own limit of a profile                    \
		 */

struct profiles_source {
	char **files; /* "-" is standard input */
	size_t file_count;
	uint64_t sample; /* in place of files, so many; 0 for none */
	uint64_t seed;
	time_t day; /* of sample_profile */
};

struct profiles {
	const struct profiles_source *source;
	size_t file;   /* the index of the one being read */
	int fd;        /* or -1 */
	uint64_t line; /* of that file, or the index in the sample */
	char *buffer;  /* owned */
	size_t start, end, room;
	bool at_end, skipping;
	uint64_t bytes_read;
};

enum profiles_status {
	PROFILES_ONE,
	PROFILES_INVALID, /* `fault` says why; the next call goes on behind it
			   */
	PROFILES_NONE,    /* a part was passed over: call again */
	PROFILES_WAIT,    /* nothing to read for now from `fd` */
	PROFILES_END,
	PROFILES_UNREADABLE, /* errno says why, `file` which; the next call goes
				on with the next file */
	PROFILES_NO_MEMORY,
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

/* Never waits for a pipe, and not for the end of a long line. */
enum profiles_status profiles_next(
    struct profiles *profiles, struct profile *profile) MUST_USE;

/* Once more from the start; not for standard input, as options see to. */
void profiles_rewind(struct profiles *profiles);

/* How much has been read of how much, as a share from 0 to 1; or below 0 when
   nobody can know. */
double profiles_share(const struct profiles *profiles);

void profiles_close(struct profiles *profiles);

#endif
