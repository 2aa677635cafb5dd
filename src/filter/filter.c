/*
 * sandbox-filter MACHINE [locks]: prints the receiver's filter of system calls
 * as C, for cgi/sandbox_seccomp.c. It runs when mixspool is built, so that no
 * start of the receiver compiles a filter, or needs libseccomp. `locks` allows
 * what a receiver that counts its lines needs (tests/coverage).
 *
 * Source: seccomp(2), and libseccomp's seccomp_rule_add(3) and
 * seccomp_export_bpf(3), whose bytes are in the order of MACHINE.
 */
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "filter/rules.h"

/* The level of seccomp_api_get(3) that knows SCMP_ACT_KILL_PROCESS: the
   receiver asks its own kernel. */
#define API_OF_KILL_PROCESS 3

#define FILTER_MAX 4096 /* instructions: BPF_MAXINSNS */

/* The filter for MACHINE, or NULL. */
static scmp_filter_ctx
make(const char *machine, bool with_locks)
{
	const uint32_t architecture = seccomp_arch_resolve_name(machine);
	scmp_filter_ctx filter;

	/* What this machine's kernel can do does not matter. */
	if (architecture == 0 || seccomp_api_set(API_OF_KILL_PROCESS) < 0 ||
	    !(filter = seccomp_init(SCMP_ACT_KILL_PROCESS)))
		return NULL;
	if (architecture != seccomp_arch_native() &&
	    (seccomp_arch_remove(filter, SCMP_ARCH_NATIVE) < 0 ||
		seccomp_arch_add(filter, architecture) < 0)) {
		seccomp_release(filter);
		return NULL;
	}
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
	    rules_fill(filter, architecture, with_locks) == 0)
		return filter;
	seccomp_release(filter);
	return NULL;
}

/* Its instructions; their number, or 0. */
static size_t export(
    scmp_filter_ctx filter, struct sock_filter rules[FILTER_MAX])
{
	const size_t room = FILTER_MAX * sizeof *rules;
	int fd = memfd_create("filter", MFD_CLOEXEC);
	ssize_t size = -1;

	if (fd >= 0 && seccomp_export_bpf(filter, fd) == 0)
		size = pread(fd, rules, room, 0);
	if (fd >= 0)
		close(fd);
	return size > 0 && (size_t)size < room ? (size_t)size / sizeof *rules
					       : 0;
}

/* The only instruction with RULES_PID in it, or COUNT. */
static size_t
find_pid(const struct sock_filter *rules, size_t count, bool is_swapped)
{
	const uint32_t pid =
	    is_swapped ? __builtin_bswap32(RULES_PID) : RULES_PID;
	size_t i, found = count;

	for (i = 0; i < count; i++) {
		if (rules[i].k != pid)
			continue;
		if (found < count)
			return count;
		found = i;
	}
	return found;
}

static void
print(const struct sock_filter *rules, size_t count, size_t pid)
{
	const unsigned char *bytes = (const unsigned char *)rules;
	size_t i;

	printf("#define FILTER_MISSING NULL\n"
	       "#define FILTER_COUNT %zu\n"
	       "#define FILTER_PID %zu\n"
	       "#define FILTER_BYTES",
	    count, pid);
	for (i = 0; i < count * sizeof *rules; i++)
		printf("%s%u",
		    i == 0   ? " "
		    : i % 16 ? ","
			     : ", \\\n\t",
		    bytes[i]);
	printf("\n");
}

static void
print_missing(const char *why)
{
	printf("#define FILTER_MISSING \"%s\"\n"
	       "#define FILTER_COUNT 1\n"
	       "#define FILTER_PID 0\n"
	       "#define FILTER_BYTES 0\n",
	    why);
}

int
main(int count, char **arguments)
{
	static struct sock_filter rules[FILTER_MAX];
	const char *machine = count > 1 ? arguments[1] : "";
	scmp_filter_ctx filter;
	size_t size, pid;

	printf("/* Made by sandbox-filter for %s. */\n", machine);
	if (!strcmp(machine, "unknown")) {
		print_missing("it has no rules for this machine");
		return 0;
	}
	/* There clone(2) and mmap(2) take their arguments differently. */
	if (!strcmp(machine, "s390")) {
		print_missing(
		    "its rules do not fit this machine's clone and mmap");
		return 0;
	}
	filter = make(machine, count > 2 && !strcmp(arguments[2], "locks"));
	size = filter ? export(filter, rules) : 0;
	pid = find_pid(rules, size, false);
	if (pid == size)
		pid = find_pid(rules, size, true);
	if (pid == size) {
		fprintf(
		    stderr, "sandbox-filter: no filter for '%s'\n", machine);
		return 1;
	}
	seccomp_release(filter);
	print(rules, size, pid);
	return 0;
}
