/* mixspool: the operator's tool. Its subcommands are the table below. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/fd.h"
#include "base/say.h"
#include "tool/tool.h"

static const struct command {
	const char *name;
	tool_command *run;
	const char *summary;
} commands[] = {
    {"init", init, "make a spool and campaigns with safe modes"},
    {"drain", drain, "hand the users of campaigns to a command"},
    {"retry", retry, "put what a command refused back for the next drain"},
    {"send", send_users, "post users to a webhook as Mixpanel does"},
    {"stat", stat_spool, "show how much is waiting"},
};

#define COUNT (sizeof commands / sizeof commands[0])

static const struct command *
find(const char *name)
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
run(const struct command *command, int argc, char **argv)
{
	char program[32];
	int status;

	snprintf(program, sizeof program, "mixspool %s", command->name);
	say_set_program(program);
	status = command->run(argc, argv);
	/* What failed on the way is not made good by what went well later. */
	if ((fflush(stdout) == EOF || ferror(stdout)) && status == EX_OK)
		return say_fail(EX_IOERR, "cannot write the output");
	return status;
}

static int
end_of_output(void)
{
	if (fflush(stdout) == 0)
		return EX_OK;
	return say_fail(EX_IOERR, "cannot write the output");
}

static int
help(const char *name)
{
	const struct command *command = name ? find(name) : NULL;
	char option[] = "-h";
	char *arguments[] = {option, option, NULL};

	if (command)
		return run(command, 2, arguments);
	if (name)
		return say_fail(EX_USAGE, "there is no command %s", name);
	print_usage(stdout);
	return end_of_output();
}

int
main(int argc, char **argv)
{
	const struct command *command;
	const char *name = argc > 1 ? argv[1] : NULL;

	tool_take_umask();
	/* A core would hold users. Not by a limit: what drain runs would
	   inherit it, while this ends with an exec. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
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
		return end_of_output();
	}
	command = find(name);
	if (!command)
		return say_fail(
		    EX_USAGE, "there is no command %s, see mixspool -h", name);
	return run(command, argc - 1, argv + 1);
}
