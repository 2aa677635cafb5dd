/*
 * sandbox-filter MACHINE [locks]: prints the receiver's filter of system calls
 * as C, for cgi/sandbox_seccomp.c. It runs when mixspool is built, so that no
 * start of the receiver compiles a filter, or needs libseccomp. `locks` allows
 * what a receiver that counts its lines needs (tests/coverage).
 *
 * Source: seccomp(2), and libseccomp's seccomp_rule_add(3) and
 * seccomp_export_bpf(3), whose bytes are in the order of MACHINE.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Stands for the receiver's process, which cgi/sandbox_seccomp.c puts in its
   place. No process has this number: the kernel's limit is 2^22. */
#define PID 0x7fedcba9U

/* The level of seccomp_api_get(3) that knows SCMP_ACT_KILL_PROCESS: the
   receiver asks its own kernel. */
#define API_OF_KILL_PROCESS 3

#define FILTER_MAX 4096 /* instructions: BPF_MAXINSNS */

/*
 * By name, since not every machine has each of them. The list includes what
 * another C library, or the same one on another machine, calls in their place.
 * None of them changes the rights of a file, which Landlock does not control,
 * and none passes a descriptor to another process.
 */
static const char *const allowed[] = {
    /* what a request is made of */
    "read", "readv", "recv", "recvfrom", "write", "writev", "send", "sendto",
    "close", "shutdown", "accept", "accept4", "getsockopt", "setsockopt",
    "getsockname", "getpeername", "lseek", "_llseek",
    /* the spool */
    "openat", "mkdirat", "unlinkat", "renameat", "renameat2", "fdatasync",
    "fsync", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "fstatfs",
    "fstatfs64", "getdents64",
    /* the end of a socket of its own */
    "lstat", "lstat64", "unlink", "listen",
    /* waiting, and threads for each other */
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
    "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6",
    "pselect6_time64", "futex", "futex_time64", "sched_yield",
    "restart_syscall", "clock_nanosleep", "clock_nanosleep_time64", "nanosleep",
    /* time, signals, the end */
    "clock_gettime", "clock_gettime64", "gettimeofday", "time", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "sigreturn", "rt_sigtimedwait",
    "rt_sigtimedwait_time64", "getpid", "gettid", "exit", "exit_group",
    /* memory and threads */
    "brk", "munmap", "mremap", "madvise", "getrandom", "set_robust_list",
    "rseq", "ugetrlimit", "getrlimit", "sched_getaffinity",
    /* how much memory there is: qsort(3) of glibc, for over 1,024 bytes */
    "sysinfo",
    /* whose a file is to be that is made in a campaign */
    "geteuid", "geteuid32"};

/* Memory that is never executable. */
static int
allow_data(scmp_filter_ctx filter)
{
	static const char *const names[] = {"mmap", "mmap2", "mprotect"};
	const struct scmp_arg_cmp not_run =
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	size_t i;
	int error = 0;

	for (i = 0; i < sizeof names / sizeof *names && !error; i++)
		error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    seccomp_syscall_resolve_name(names[i]), 1, &not_run);
	return error;
}

/*
 * Threads, and no processes. A filter cannot see what clone3 is to make, so
 * clone3 seems not to exist, and the C library takes clone.
 */
static int
allow_threads(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp thread =
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
	int error = seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &thread);

	if (error)
		return error;
	/* Root would give a campaign's lock to the campaign's owner. */
	error = seccomp_rule_add_array(
	    filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fchown), 0, NULL);
	if (error)
		return error;
	return seccomp_rule_add(
	    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* Duplicates and flags of descriptors; not their owner, nor locks. */
static int
allow_on_descriptors(scmp_filter_ctx filter)
{
	static const char *const names[] = {"fcntl", "fcntl64"};
	static const int commands[] = {
	    F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL};
	struct scmp_arg_cmp command =
	    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, 0);
	size_t i, j;
	int error = 0;

	for (i = 0; i < sizeof commands / sizeof *commands; i++) {
		command.datum_b = (scmp_datum_t)commands[i];
		for (j = 0; j < sizeof names / sizeof *names && !error; j++)
			error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
			    seccomp_syscall_resolve_name(names[j]), 1,
			    &command);
	}
	return error;
}

/* Signals to its own threads, and its own limits, which it can only read. */
static int
allow_on_itself(scmp_filter_ctx filter)
{
	/* A pid is 32 bits; the rest of the register may hold anything. */
	const struct scmp_arg_cmp itself =
	    SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, PID);
	const struct scmp_arg_cmp asks[] = {
	    SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, 0),
	    SCMP_A2(SCMP_CMP_EQ, 0, 0)};
	int error = seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &itself);

	if (error)
		return error;
	return seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, asks);
}

/* A process that counts its lines locks the files with the counts. */
static int
allow_locks(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp lock =
	    SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, F_SETLKW);

	return seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, &lock);
}

/* The numbers are those of the machine that this runs on; libseccomp translates
   them by their names. */
static int
fill(scmp_filter_ctx filter)
{
	size_t i;
	int error = 0, number;

	for (i = 0; i < sizeof allowed / sizeof *allowed && !error; i++) {
		number = seccomp_syscall_resolve_name(allowed[i]);
		if (number != __NR_SCMP_ERROR)
			error =
			    seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	if (!error)
		error = allow_data(filter);
	if (!error)
		error = allow_threads(filter);
	if (!error)
		error = allow_on_descriptors(filter);
	if (!error)
		error = allow_on_itself(filter);
	return error;
}

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
	if (fill(filter) == 0 && (!with_locks || allow_locks(filter) == 0))
		return filter;
	seccomp_release(filter);
	return NULL;
}

/* Its instructions; their number, or 0. */
static size_t export(
    scmp_filter_ctx filter, struct sock_filter rules[FILTER_MAX])
{
	FILE *file = tmpfile();
	size_t count = 0;

	if (file && seccomp_export_bpf(filter, fileno(file)) == 0 &&
	    fseek(file, 0, SEEK_SET) == 0)
		count = fread(rules, sizeof *rules, FILTER_MAX, file);
	if (file)
		fclose(file);
	return count < FILTER_MAX ? count : 0;
}

/* The only instruction with PID in it, or COUNT. */
static size_t
find_pid(const struct sock_filter *rules, size_t count, bool is_swapped)
{
	const uint32_t pid = is_swapped ? __builtin_bswap32(PID) : PID;
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
