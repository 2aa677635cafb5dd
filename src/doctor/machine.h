/*
 * machine.h: the checks of a spool on the machine that has it. They write a few
 * bytes to a file without a name, and nothing else.
 *
 * A check is a row of a table in machine.c and a function, and adds at least
 * one finding. What only root may see is skipped for others, and said so.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <limits.h>
#include <sys/stat.h>

#include "doctor/diagnosis.h"
#include "tool/target.h"

#define MACHINE_GROUPS 64

/* Somebody who works in the spool. */
struct machine_user {
	char name[64]; /* "the receiver (mixspool)" */
	uid_t uid;
	gid_t groups[MACHINE_GROUPS]; /* the primary one first */
	size_t count;
};

struct machine {
	struct diagnosis *diagnosis;
	const char *dir;     /* as given */
	const char *socket;  /* as given, or NULL */
	char path[PATH_MAX]; /* of the spool, without links */
	struct stat folder;  /* of the spool */
	struct targets spool;
	bool has_receiver;     /* a process that works in this spool */
	bool is_preloaded;     /* ... with a library that makes syncs nothing */
	char socket_path[108]; /* ... and what it listens at, or "" */
	struct machine_user receiver; /* or the owner of the folder */
	bool has_drain;
	struct machine_user drain;
};

/* Runs all checks. */
void machine_run(struct machine *machine);

#endif
