#include "filter/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>

/*
 * By name, since not every machine has each of them. The list includes what
 * another C library, or the same one on another machine, calls in their place.
 * None of them changes the rights of a file, which Landlock does not control,
 * and none passes a descriptor to another process.
 */
static const char *const allowed[] = {
    /* what a request is made of */
    "read", "readv", "recv", "recvfrom", "write", "writev", "send", "close",
    "shutdown", "accept", "accept4", "getsockopt", "setsockopt", "getsockname",
    "getpeername", "lseek", "_llseek",
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
	    SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, RULES_PID);
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

/*
 * send(2), which is sendto(2) on most machines, without an address: with one it
 * connects a socket by MSG_FASTOPEN, or reaches other sockets than its peer. A
 * filter cannot see the arguments of socketcall(2), where send has a number of
 * its own.
 */
static int
allow_send(scmp_filter_ctx filter, uint32_t architecture)
{
	const struct scmp_arg_cmp no_address = SCMP_A4(SCMP_CMP_EQ, 0, 0);

	if (seccomp_syscall_resolve_name_arch(architecture, "socketcall") >= 0)
		return 0;
	return seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, &no_address);
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

int
rules_fill(scmp_filter_ctx filter, uint32_t architecture, bool with_locks)
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
	if (!error)
		error = allow_send(filter, architecture);
	if (!error && with_locks)
		error = allow_locks(filter);
	return error;
}
