/*
 * program.h: subcommands that are programs of their own, as git has them:
 * `mixspool NAME` runs mixspool-NAME.
 *
 * It is looked for beside the running program, where a build has it, and then
 * in ../libexec/mixspool from there. Who may write to these folders may replace
 * mixspool itself. PATH is not searched: it is the caller's, and root's cron
 * jobs run mixspool.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/attributes.h"

/*
 * Becomes mixspool-NAME with the arguments behind ARGV[0]. NAME is a-z, then
 * a-z, 0-9 and '-', which cannot lead out of a folder. Returns only when that
 * fails: -1 and errno, ENOENT when there is no such program, ENOSYS without
 * /proc.
 */
int program_become(const char *name, char **argv) MUST_USE;

#define PROGRAM_PATH_SIZE 4224

/*
 * If FILE is the program that runs now, finds mixspool-NAME, which can be
 * started in place of FILE NAME. False if FILE is another program, or if there
 * is no mixspool-NAME.
 */
bool program_find(
    const struct stat *file, const char *name, char path[PROGRAM_PATH_SIZE]);

#endif
