/* mixspool: the operator's tool. Its subcommands are the table below. */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

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
    {"stat", stat_spool, "tell how a spool goes"},
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
	    "\nmixspool help COMMAND and mixspool COMMAND -h tell more.\n", to);
}

static int
run(const struct command *command, int argc, char **argv)
{
	int status;

	tool_set_name(command->name);
	status = command->run(argc, argv);
	/* What failed on the way is not made good by what went well later. */
	if ((fflush(stdout) == EOF || ferror(stdout)) && status == EX_OK)
		return tool_fail(EX_IOERR, "cannot write the output");
	return status;
}

static int
end_of_output(void)
{
	if (fflush(stdout) == 0)
		return EX_OK;
	fputs("mixspool: cannot write the output\n", stderr);
	return EX_IOERR;
}

static int
help(const char *name)
{
	const struct command *command = name ? find(name) : NULL;
	char option[] = "-h";
	char *arguments[] = {option, option, NULL};

	if (command)
		return run(command, 2, arguments);
	if (name) {
		fprintf(stderr, "mixspool: there is no command %s\n", name);
		return EX_USAGE;
	}
	print_usage(stdout);
	return end_of_output();
}

/*
 * Where 0, 1 or 2 is closed, the next file that is opened would be read for
 * profiles, or get what is said. In its place comes what can be neither read
 * nor written, as it should be of a closed one.
 */
static int
occupy_standard_descriptors(void)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	return 0;
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
	if (occupy_standard_descriptors() < 0) {
		fputs("mixspool: cannot open /dev/null\n", stderr);
		return EX_OSERR;
	}
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
	if (!command) {
		fprintf(stderr,
		    "mixspool: there is no command %s, see mixspool -h\n",
		    name);
		return EX_USAGE;
	}
	return run(command, argc - 1, argv + 1);
}
