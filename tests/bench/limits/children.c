/*
 * children N BODY OUTPUT COMMAND...: what a process a request costs. Starts
 * COMMAND N times, one after the other, as a web server starts a CGI program:
 * BODY on standard input, the answer into OUTPUT (the last one stays). Prints
 * the user and system CPU time of one, and of what it started, in microseconds,
 * and the largest memory of one, in KiB. posix_spawn copies no memory, so next
 * to nothing of it is from before the exec.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static double
microseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

/* The wait status, or -1. */
static int
run(const char *body, const char *output, char **command)
{
	posix_spawn_file_actions_t actions;
	int error, status = -1;
	pid_t pid = 0;

	if (posix_spawn_file_actions_init(&actions))
		return -1;
	error = posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, body, O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_addopen(&actions,
		    STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (!error)
		error = posix_spawn(
		    &pid, command[0], &actions, NULL, command, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error || waitpid(pid, &status, 0) < 0)
		return -1;
	return status;
}

int
main(int argc, char **argv)
{
	struct rusage usage;
	long i, n;

	if (argc < 5 || (n = strtol(argv[1], NULL, 10)) < 1) {
		fputs("usage: children N BODY OUTPUT COMMAND...\n", stderr);
		return EX_USAGE;
	}
	for (i = 0; i < n; i++)
		if (run(argv[2], argv[3], argv + 4)) {
			fprintf(stderr, "children: %s failed\n", argv[4]);
			return EX_SOFTWARE;
		}
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("%.1f %.1f %ld\n", microseconds(usage.ru_utime) / (double)n,
	    microseconds(usage.ru_stime) / (double)n, usage.ru_maxrss);
	return EX_OK;
}
