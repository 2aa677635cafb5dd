/* command.h: the program that a drain runs. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/attributes.h"

/* Is FILE a file that may be executed? */
bool command_is_program(const char *file);

/* The FILE that execvp(3) finds as NAME, by the PATH of this process. False
   when there is none. */
bool command_find(const char *name, struct stat *file);

/*
 * Starts a program, found by PATH, in a process group of its own: INPUT is its
 * standard input, MASK its umask; the drain's own handling of signals is not
 * passed on. Both lists end with NULL. 0, or -1 and errno.
 */
int command_start(char *const *arguments, char *const *environment, mode_t mask,
    int input, pid_t *pid) MUST_USE;

#endif
