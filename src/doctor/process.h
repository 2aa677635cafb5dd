/* process.h: the processes of this machine, as /proc shows them. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/attributes.h"

struct process {
	pid_t pid;
	char arguments[4096]; /* each ends with a NUL; cut */
	size_t size;          /* of them */
};

/*
 * Calls EACH for every process until it returns true. False: it never did, or
 * there is no /proc.
 */
typedef bool process_each(const struct process *process, void *context);
bool process_walk(process_each *each, void *context);

/* The argument with this number, or NULL. */
const char *process_argument(const struct process *process, size_t number);

/* The part of the first argument behind its last slash is NAME. */
bool process_is(const struct process *process, const char *name);

/* A path that the process was given, from the root. 0, or -1: it is too long,
   or the folder of another user's process, where a relative path begins. */
int process_path(const struct process *process, const char *given, char *path,
    size_t room) MUST_USE;

/* Is a path that the process was given this folder, or one in it? */
bool process_means(const struct process *process, const char *given,
    const struct stat *folder);

/* Reads a small file of /proc, and adds a NUL. Its size, or -1. */
ssize_t process_read(
    pid_t pid, const char *name, char *to, size_t room) MUST_USE;

#endif
