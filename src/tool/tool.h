/*
 * tool.h: what the subcommands of mixspool share.
 *
 * A subcommand is a main of its own: it parses, works, says what is wrong on
 * standard error as "mixspool COMMAND: ...", and returns an exit code of
 * sysexits.h.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdint.h>
#include <sys/stat.h>

typedef int tool_command(int argc, char **argv);
tool_command drain, init, retry, stat_spool;

/*
 * By main, once: from here on modes are given in full, with a campaign's folder
 * as their model. tool_umask is the mask before, for what is run.
 */
void tool_take_umask(void);
mode_t tool_umask(void);

/*
 * Exit code for what getopt returned as '?' or ':', with `optopt` for LETTER;
 * says which option, without a value that may be secret.
 */
int tool_wrong_option(int option, int letter, char *const *argv);

/* At the end: STATUS, but EX_IOERR, with a message, when all was well except
   that standard output could not be written. */
int tool_end_output(int status);

/* "" for 1, else "s". */
const char *tool_plural(uint64_t count);

/* EX_NOPERM for a lack of rights, EX_NOINPUT when nothing is there, else
   EX_OSERR. */
int tool_status_of(int error);

#endif
