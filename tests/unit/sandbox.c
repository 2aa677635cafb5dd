#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgi/sandbox.h"

#include "unit.h"

/*
 * Each attempt is made inside the sandbox, in a process of its own. It exits
 * with 0 if it succeeds, with errno if it fails; SIGSYS ends it if the filter
 * forbids the call.
 */
static char home[] = "/tmp/mixspool-sandbox-XXXXXX";
static int spool, secret_folder;
static int tcp; /* a socket that was opened outside */

typedef int attempt(void);

/* Done outside once the process is in the sandbox. */
static void (*meanwhile)(void);

static int
result(int returned)
{
	return returned < 0 ? errno : 0;
}

static void __attribute__((noreturn))
unexpected(const char *mechanism, const char *why)
{
	(void)mechanism;
	/* A kernel without Landlock must not pass for a sandbox. */
	_exit(strstr(why, "not implemented") || strstr(why, "not supported")
		  ? 254
		  : 253);
}

/* Returns the wait status of the attempt. Without a mechanism it skips the
 * test. */
static int
from_inside(attempt *try)
{
	char secret[128];
	struct sandbox sandbox = {.spool = spool, .secret_file = secret};
	int status, ends[2];
	char turn;
	pid_t pid;

	snprintf(secret, sizeof secret, "%s/secret/file", home);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sandbox_enter(&sandbox, unexpected);
		_exit(write(ends[1], "", 1) == 1 && read(ends[1], &turn, 1) == 1
			  ? try()
			  : 252);
	}
	close(ends[1]);
	if (read(ends[0], &turn, 1) == 1) {
		if (meanwhile)
			meanwhile();
		assert_int_equal(write(ends[0], "", 1), 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(ends[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 254)
		skip();
	return status;
}

static int
commit(void)
{
	int fd;

	if (mkdirat(spool, "made", 0700) < 0)
		return errno;
	fd = openat(spool, "tmp/a", O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "x\n", 2) != 2 || fdatasync(fd) < 0 ||
	    close(fd) < 0)
		return errno;
	return result(renameat(spool, "tmp/a", spool, "new/a"));
}

static int
undo(void)
{
	return result(unlinkat(spool, "new/a", 0));
}

static void *
nothing(void *argument)
{
	return argument;
}

static int
start_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, nothing, NULL);

	return error ? error : pthread_join(thread, NULL);
}

static int
open_path(const char *path, int flags)
{
	return result(open(path, flags | O_CLOEXEC, 0600));
}

static void
replace_secret(void)
{
	int fd = openat(
	    secret_folder, "another", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "new", 3), 3);
	close(fd);
	assert_int_equal(
	    renameat(secret_folder, "another", secret_folder, "file"), 0);
}

static int
read_new_secret(void)
{
	char path[128], text[4];
	int fd;

	snprintf(path, sizeof path, "%s/secret/file", home);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	return read(fd, text, sizeof text) == 3 && !memcmp(text, "new", 3)
		   ? 0
		   : ENODATA;
}

static int
read_a_batch(void)
{
	return result(openat(spool, "new/kept", O_RDONLY));
}

static int
read_another_file(void)
{
	return open_path("/etc/passwd", O_RDONLY);
}

static int
write_another_file(void)
{
	return open_path("/tmp/mixspool-sandbox-escaped", O_WRONLY | O_CREAT);
}

static int
execute(void)
{
	char name[] = "/bin/true";
	char *arguments[] = {name, NULL};

	return result(execv(name, arguments));
}

static int
make_a_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int
make_a_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int
connect_elsewhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons(9),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return result(
	    connect(tcp, (struct sockaddr *)&address, sizeof address));
}

static int
trace(void)
{
	return result((int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int
signal_others(void)
{
	return result(kill(getppid(), 0));
}

static int
signal_threads_of_others(void)
{
	pid_t parent = getppid();

	return result((int)syscall(SYS_tgkill, parent, parent, 0));
}

/* The kernel would signal the parent whenever the socket can be read. */
static int
have_others_signalled(void)
{
	return result(fcntl(tcp, F_SETOWN, getppid()));
}

/* With MSG_FASTOPEN this connects a socket of TCP. */
static int
send_elsewhere(void)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons(9),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};

	return result((int)sendto(tcp, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, sizeof address));
}

static int
lock_the_spool(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return result(fcntl(spool, F_SETLK, &lock));
}

static int
limit_others(void)
{
	const struct rlimit none = {0, 0};

	return result(prlimit(getppid(), RLIMIT_CORE, &none, NULL));
}

static int
limit_itself(void)
{
	const struct rlimit none = {0, 0};

	return result(setrlimit(RLIMIT_CORE, &none));
}

static int
open_spool_to_all(void)
{
	return result(fchmod(spool, 0777));
}

static int
open_batch_to_all(void)
{
	return result(fchmodat(spool, "new/kept", 0666, 0));
}

static int
give_spool_away(void)
{
	return result(fchown(spool, getuid(), getgid()));
}

/* Passes a descriptor to another process. */
static int
hand_on_the_spool(void)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {{0}};
	struct msghdr message = {
	    .msg_control = &control, .msg_controllen = sizeof control};

	control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
	    .cmsg_level = SOL_SOCKET,
	    .cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.header), &spool, sizeof spool);
	return result((int)sendmsg(tcp, &message, MSG_NOSIGNAL));
}

static int
ask_for_limits(void)
{
	struct rlimit limit;

	return result(getrlimit(RLIMIT_NOFILE, &limit));
}

/* As abort() does, and the server to wake a thread. */
static int
signal_itself(void)
{
	return pthread_kill(pthread_self(), 0);
}

static int
run_what_was_written(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? errno : 0;
}

static void
what_is_needed_still_works(void **state)
{
	(void)state;
	assert_int_equal(from_inside(commit), 0);
	assert_int_equal(from_inside(undo), 0);
	assert_int_equal(from_inside(start_thread), 0);
	assert_int_equal(from_inside(ask_for_limits), 0);
	assert_int_equal(from_inside(signal_itself), 0);
}

static void
a_secret_that_was_replaced_is_read(void **state)
{
	int status;

	(void)state;
	meanwhile = replace_secret;
	status = from_inside(read_new_secret);
	meanwhile = NULL;
	assert_int_equal(status, 0);
}

static void
files_are_out_of_reach(void **state)
{
	static attempt *const attempts[] = {
	    read_a_batch, read_another_file, write_another_file};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(attempts); i++) {
		int status = from_inside(attempts[i]);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), EACCES);
	}
}

static void
what_attacks_do_is_the_end(void **state)
{
	static attempt *const attempts[] = {execute, make_a_process,
	    make_a_socket, connect_elsewhere, send_elsewhere, trace,
	    signal_others, signal_threads_of_others, have_others_signalled,
	    lock_the_spool, limit_others, limit_itself, open_spool_to_all,
	    open_batch_to_all, give_spool_away, hand_on_the_spool,
	    run_what_was_written};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(attempts); i++) {
		int status = from_inside(attempts[i]);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
}

/* Without the other mechanisms, under which it could not ask. */
static void
no_core_is_dumped(void **state)
{
	struct rlimit limit = {1, 1};
	int status;
	pid_t pid;

	(void)state;
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(sandbox_core_dumps(NULL) == NULL &&
			      prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
			      getrlimit(RLIMIT_CORE, &limit) == 0 &&
			      limit.rlim_max == 0
			  ? 0
			  : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
set_up(void **state)
{
	int fd;

	(void)state;
	if (!mkdtemp(home))
		return -1;
	spool = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool < 0 || mkdirat(spool, "spool", 0700) < 0 ||
	    mkdirat(spool, "secret", 0700) < 0)
		return -1;
	secret_folder = openat(spool, "secret", O_RDONLY | O_CLOEXEC);
	spool = openat(spool, "spool", O_RDONLY | O_CLOEXEC);
	fd =
	    openat(secret_folder, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || close(fd) < 0 || mkdirat(spool, "tmp", 0700) < 0 ||
	    mkdirat(spool, "new", 0700) < 0)
		return -1;
	fd = openat(spool, "new/kept", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 || close(fd) < 0 || tcp < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", home);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_needed_still_works),
	    cmocka_unit_test(a_secret_that_was_replaced_is_read),
	    cmocka_unit_test(files_are_out_of_reach),
	    cmocka_unit_test(what_attacks_do_is_the_end),
	    cmocka_unit_test(no_core_is_dumped),
	};

	return cmocka_run_group_tests_name("sandbox", tests, set_up, tear_down);
}
