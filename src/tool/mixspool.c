/* mixspool: the operator's tool. Its subcommands are the table below. */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/fd.h"
#include "base/say.h"
#include "tool/program.h"
#include "tool/tool.h"

static const struct command {
	const char *name;
	tool_command *run; /* NULL: a program of its own, program.h */
	const char *summary;
} commands[] = {
    {"setup", setup, "print the commands from here to a URL"},
    {"init", init, "make a spool and campaigns with safe modes"},
    {"drain", drain, "hand the users of campaigns to a command"},
    {"cat", cat, "print what is in the spool, and take nothing"},
    {"once", NULL, "pass on only who enters and who leaves"},
    {"members", NULL, "show who is in, as once knows it"},
    {"report", status_report, "write a page of HTML about the spool"},
    {"retry", retry, "put refused batches back for the next drain"},
    {"replay", replay, "put back what drain -k has kept"},
    {"expire", expire, "remove old batches of done/, failed/ and aside/"},
    {"forget", forget, "take people out of every batch"},
    {"send", NULL, "post users to a webhook as Mixpanel does"},
    {"log", log_journal, "show what came and what was handed over"},
    {"stat", stat_spool, "show how much is waiting"},
    {"serve", NULL, "hold the socket, where there is no systemd"},
    {"doctor", NULL, "find what is wrong with a URL or a spool"},
};

#define COUNT (sizeof commands / sizeof commands[0])

static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void
print_usage(FILE *to)
{
	size_t i;

	fputs("usage: mixspool COMMAND [OPTION]... [ARGUMENT]...\n\n", to);
	for (i = 0; i < COUNT; i++)
		fprintf(
		    to, "  %-7s %s\n", commands[i].name, commands[i].summary);
	fputs(
	    "\nmixspool help COMMAND and mixspool COMMAND -h show more.\n", to);
}

static int
run_command(const struct command *command, int argc, char **argv)
{
	char program[32];

	snprintf(program, sizeof program, "mixspool %s", command->name);
	say_set_program(program);
	return tool_end_output(command->run(argc, argv));
}

/* A command that is a program of its own, listed above or not. */
static int
run_program(const char *name, bool is_listed, char **argv)
{
	if (program_become(name, argv) < 0 && errno != ENOENT)
		return say_fail(EX_OSERR, "cannot run mixspool-%s: %s", name,
		    strerror(errno));
	if (is_listed)
		return say_fail(EX_UNAVAILABLE,
		    "mixspool-%s, which does this, is not installed", name);
	return say_fail(
	    EX_USAGE, "there is no command %s, see mixspool -h", name);
}

static int
call(const char *name, int argc, char **argv)
{
	const struct command *command = find_command(name);

	if (command && command->run)
		return run_command(command, argc, argv);
	return run_program(name, command != NULL, argv);
}

static int
help(char *name)
{
	char option[] = "-h";
	char *arguments[] = {name, option, NULL};

	if (name)
		return call(name, 2, arguments);
	print_usage(stdout);
	return tool_end_output(EX_OK);
}

int
main(int argc, char **argv)
{
	char *name = argc > 1 ? argv[1] : NULL;

	tool_take_umask();
	/* A core dump would hold users. RLIMIT_CORE would also bind the
	   commands of drain; this ends with their exec. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* A file over the limit of sizes (ulimit -f) is an error, not the end.
	 */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (fd_occupy_standard() < 0)
		return say_fail(
		    EX_OSERR, "cannot open /dev/null: %s", strerror(errno));
	if (!name) {
		print_usage(stderr);
		return EX_USAGE;
	}
	if (!strcmp(name, "help") || !strcmp(name, "-h") ||
	    !strcmp(name, "--help"))
		return help(argc > 2 ? argv[2] : NULL);
	if (!strcmp(name, "-V") || !strcmp(name, "--version")) {
		puts("mixspool " MIXSPOOL_VERSION);
		return tool_end_output(EX_OK);
	}
	return call(name, argc - 1, argv + 1);
}
