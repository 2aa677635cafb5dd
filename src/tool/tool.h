/*
 * tool.h: what the subcommands of mixspool share.
 *
 * A subcommand is a main of its own: it parses its arguments, works, reports on
 * standard error as "mixspool COMMAND: ...", and returns an exit code of
 * sysexits.h.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdint.h>
#include <sys/stat.h>

typedef int tool_command(int argc, char **argv);
tool_command cat, drain, expire, forget, init, log_journal, replay, retry,
    setup, stat_spool, status_report;

/*
 * For main, once: sets the umask to 0, since a campaign's folder is the model
 * for all modes. tool_umask returns the mask before, for commands of drain.
 */
void tool_take_umask(void);
mode_t tool_umask(void);

/*
 * After getopt returned '?' or ':' as OPTION; LETTER is optopt. Names the
 * option in a message, without its value, which may be secret. An exit code.
 */
int tool_wrong_option(int option, int letter, char *const *argv);

/* Returns STATUS; or EX_IOERR, with a message, if it is EX_OK and standard
   output could not be written. */
int tool_end_output(int status);

/* "" for 1, else "s". */
const char *tool_plural(uint64_t count);

/* EX_NOPERM: no right to; EX_NOINPUT: it is missing; else EX_OSERR. */
int tool_status_of(int error);

#endif
