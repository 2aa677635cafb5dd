/*
 * Preloaded: makes one call fail, or all calls from one on.
 *
 *   FAULT_CALL   the name of a function; or "any"; or "disk" for those that
 *                write
 *   FAULT_NTH    which of the calls fails, counted from 1; "3+" for the third
 *                and all after it; 0 for none: FAULT_LOG gets a line for each
 *   FAULT_ERRNO  the errno of the failure; or "short" to read or write half of
 *                the bytes
 *   FAULT_FROM   a file; calls count while it is there
 *   FAULT_OF     a library, as "libcurl."; only its calls count, and all its
 *                allocations, even if it does not handle their failure
 *   FAULT_LOG    a file; gets a line "CALL ERRNO OBJECT+OFFSET" of the caller
 *
 * The calls of a program named mixspool* count, and those of the libraries
 * below. The allocations of a library that does not handle their failure do not
 * count, and under a sanitizer, which has its own malloc, no allocation does.
 * Calls inside libc cannot be seen. A child shares the count with its parent:
 * only one of them fails. MIXSPOOL_SANDBOX=off is needed for the log.
 */

/* With it the headers would define some of these functions. */
#undef _FORTIFY_SOURCE

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "mixspool"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

/* glibc's own names: dlsym might allocate. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
/* Called by fortified code. */
int __open_2(const char *path, int flags);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
int __attribute__((format(printf, 3, 4)))
__asprintf_chk(char **text, int flag, const char *format, ...);

struct object {
	const char *name;
	uintptr_t base, start, end;
};

static struct library {
	const char *name;
	bool allocates; /* and reports a lack of memory */
	struct object object;
} libraries[] = {
    {.name = "libfcgi."},
    {.name = "libjansson.", .allocates = true},
    {.name = "libcurl."}, /* 7.88 divides by zero without memory */
    {.name = "libjq."},   /* aborts without memory */
    {.name = "libpq.", .allocates = true},
    {.name = "libsqlite3.", .allocates = true},
};

#define LIBRARIES (sizeof libraries / sizeof *libraries)

static struct {
	const char *call, *from, *log, *of;
	unsigned long nth;
	int number;
	bool is_short, stays, of_disk;
	struct object program;
	atomic_ulong *count; /* NULL: nothing is counted */
} fault;

static bool
is_in(const struct object *object, uintptr_t address)
{
	return address >= object->start && address < object->end;
}

static int
note_object(struct dl_phdr_info *info, size_t size, void *context)
{
	const char *slash = strrchr(info->dlpi_name, '/');
	struct object object = {slash ? slash + 1 : info->dlpi_name,
	    info->dlpi_addr, UINTPTR_MAX, 0};
	bool *is_first = context;
	size_t i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t start = object.base + part->p_vaddr;

		if (part->p_type != PT_LOAD)
			continue;
		if (start < object.start)
			object.start = start;
		if (start + part->p_memsz > object.end)
			object.end = start + part->p_memsz;
	}
	if (*is_first) {
		object.name = program_invocation_short_name;
		fault.program = object;
	}
	for (i = 0; i < LIBRARIES; i++)
		if (!strncmp(object.name, libraries[i].name,
			strlen(libraries[i].name)))
			libraries[i].object = object;
	*is_first = false;
	return 0;
}

static void __attribute__((constructor)) set_up(void)
{
	const char *number = getenv("FAULT_ERRNO"), *nth = getenv("FAULT_NTH");
	bool is_first = true;
	void *shared;
	char *end;

	fault.call = getenv("FAULT_CALL");
	fault.from = getenv("FAULT_FROM");
	fault.log = getenv("FAULT_LOG");
	fault.of = getenv("FAULT_OF");
	/* The commands that drain runs inherit all this. */
	if (!fault.call || !number || !nth ||
	    strncmp(program_invocation_short_name, PROGRAM,
		sizeof PROGRAM - 1) != 0)
		return;
	fault.nth = strtoul(nth, &end, 10);
	fault.stays = *end == '+';
	fault.of_disk = !strcmp(fault.call, "disk");
	fault.is_short = !strcmp(number, "short");
	fault.number = (int)strtol(number, NULL, 10);
	dl_iterate_phdr(note_object, &is_first);
	shared = mmap(NULL, sizeof *fault.count, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared != MAP_FAILED)
		fault.count = shared;
}

static bool
is_armed(void)
{
	return !fault.from ||
	       syscall(SYS_faccessat, AT_FDCWD, fault.from, F_OK) == 0;
}

static void
write_log(const char *call, const struct object *object, uintptr_t address)
{
	char line[256], number[16];
	int size;
	long fd;

	snprintf(number, sizeof number, "%d", fault.number);
	size = snprintf(line, sizeof line, "%s %s %s+0x%zx\n", call,
	    fault.is_short ? "short" : number, object->name,
	    (size_t)(address - object->base));
	fd = syscall(SYS_openat, AT_FDCWD, fault.log,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	syscall(SYS_write, fd, line, (size_t)size);
	syscall(SYS_close, fd);
}

/* The caller's object; NULL if its calls do not count. */
static const struct object *
find_caller(uintptr_t address, bool allocates)
{
	size_t i;

	if (!fault.of && is_in(&fault.program, address))
		return &fault.program;
	for (i = 0; i < LIBRARIES; i++)
		if (is_in(&libraries[i].object, address) &&
		    (fault.of ? !strcmp(libraries[i].name, fault.of)
			      : libraries[i].allocates || !allocates))
			return &libraries[i].object;
	return NULL;
}

static bool
writes_to_disk(const char *call)
{
	static const char *const calls[] = {"fchmod", "fchown", "fdatasync",
	    "fsync", "ftruncate64", "mkdirat", "open", "open64", "openat",
	    "pwrite", "pwrite64", "renameat", "renameat2", "syncfs", "unlinkat",
	    "writev"};
	size_t i;

	for (i = 0; i < sizeof calls / sizeof *calls; i++)
		if (!strcmp(calls[i], call))
			return true;
	return false;
}

static bool
is_counted(const char *call)
{
	if (fault.of_disk)
		return writes_to_disk(call);
	return !strcmp(fault.call, call) || !strcmp(fault.call, "any");
}

/* Is this FAULT_NTH, or one of the calls after it that fail, too? */
static bool
is_its_turn(void)
{
	unsigned long count = atomic_fetch_add(fault.count, 1) + 1;

	return count == fault.nth || (fault.stays && count > fault.nth);
}

/* Does this call fail? Then the log has it. Keeps errno. */
static bool
is_it(const char *call, const void *caller, bool allocates)
{
	uintptr_t address = (uintptr_t)caller;
	const struct object *object;
	int error = errno;
	bool armed, it;

	if (!fault.count || !is_counted(call))
		return false;
	object = find_caller(address, allocates);
	if (!object)
		return false;
	armed = is_armed();
	it = armed && fault.nth > 0 && is_its_turn();
	if (fault.log && (it || (armed && fault.nth == 0)))
		write_log(call, object, address);
	errno = error;
	return it;
}

static bool
fails(const char *call, const void *caller)
{
	if (!is_it(call, caller, false))
		return false;
	errno = fault.number;
	return true;
}

/* On a broken disk, files that are in memory can still be opened, and no new
   ones made. */
static bool
fails_to_open(const char *call, int flags, const void *caller)
{
	return (!fault.of_disk || flags & O_CREAT) && fails(call, caller);
}

static bool
lacks_memory(const char *call, const void *caller)
{
	if (!is_it(call, caller, true))
		return false;
	errno = ENOMEM;
	return true;
}

/* False if the call fails. Else *SIZE is the number of bytes to transfer. */
static bool
transfers(const char *call, const void *caller, size_t *size)
{
	if (!is_it(call, caller, false))
		return true;
	if (fault.is_short)
		*size = (*size + 1) / 2;
	else
		errno = fault.number;
	return fault.is_short;
}

#define CALLER __builtin_return_address(0)

/*
 * The C library's function. Where pointers have 32 bits, the headers have
 * called it by another name.
 */
static void *
find_function(const char *name)
{
#if __SIZEOF_POINTER__ == 4
	static const char *const wide[][2] = {{"fcntl", "__fcntl_time64"},
	    {"fstat", "__fstat64_time64"}, {"fstatat", "__fstatat64_time64"},
	    {"fstatvfs", "fstatvfs64"}, {"getsockopt", "__getsockopt64"},
	    {"ioctl", "__ioctl_time64"}, {"lstat", "__lstat64_time64"},
	    {"open", "open64"}, {"openat", "openat64"}, {"ppoll", "__ppoll64"},
	    {"readdir", "readdir64"}, {"setsockopt", "__setsockopt64"},
	    {"sigtimedwait", "__sigtimedwait64"}, {"stat", "__stat64_time64"}};
	size_t i;

	for (i = 0; i < sizeof wide / sizeof *wide; i++)
		if (!strcmp(wide[i][0], name))
			name = wide[i][1];
#endif
	return dlsym(RTLD_NEXT, name);
}

/* REAL becomes the function that this one hides. */
#define FIND(name, real)                                                       \
	do {                                                                   \
		static _Atomic(void *) kept;                                   \
		void *symbol = atomic_load(&kept);                             \
                                                                               \
		if (!symbol) {                                                 \
			symbol = find_function(name);                          \
			atomic_store(&kept, symbol);                           \
		}                                                              \
		memcpy(&(real), &symbol, sizeof(real));                        \
	} while (0)

/* NOLINTBEGIN(bugprone-macro-parentheses): types and lists take none */
#define FAILING(type, name, failure, parameters, arguments)                    \
	type name parameters                                                   \
	{                                                                      \
		type(*real) parameters;                                        \
                                                                               \
		if (fails(#name, CALLER))                                      \
			return failure;                                        \
		FIND(#name, real);                                             \
		return real arguments;                                         \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

FAILING(int, __open_2, -1, (const char *path, int flags), (path, flags))
FAILING(int, mkdirat, -1, (int folder, const char *name, mode_t mode),
    (folder, name, mode))
FAILING(int, fsync, -1, (int fd), (fd))
FAILING(int, fdatasync, -1, (int fd), (fd))
FAILING(ssize_t, splice, -1,
    (int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size,
	unsigned flags),
    (from, from_offset, to, to_offset, size, flags))
FAILING(int, renameat, -1, (int from, const char *old, int to, const char *new),
    (from, old, to, new))
FAILING(int, renameat2, -1,
    (int from, const char *old, int to, const char *new, unsigned flags),
    (from, old, to, new, flags))
FAILING(int, unlinkat, -1, (int folder, const char *name, int flags),
    (folder, name, flags))
FAILING(int, fstat, -1, (int fd, struct stat *status), (fd, status))
FAILING(int, fstatat, -1,
    (int folder, const char *restrict name, struct stat *restrict status,
	int flags),
    (folder, name, status, flags))
FAILING(int, statx, -1,
    (int folder, const char *restrict name, int flags, unsigned mask,
	struct statx *restrict status),
    (folder, name, flags, mask, status))
FAILING(int, fstatvfs, -1, (int fd, struct statvfs *status), (fd, status))
FAILING(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
FAILING(int, fchown, -1, (int fd, uid_t user, gid_t group), (fd, user, group))
FAILING(FILE *, fopen, NULL,
    (const char *restrict path, const char *restrict mode), (path, mode))
FAILING(int, setenv, -1, (const char *name, const char *value, int replaces),
    (name, value, replaces))
FAILING(DIR *, fdopendir, NULL, (int fd), (fd))
FAILING(struct dirent *, readdir, NULL, (DIR * stream), (stream))
FAILING(int, accept4, -1,
    (int fd, __SOCKADDR_ARG address, socklen_t *restrict size, int flags),
    (fd, address, size, flags))
FAILING(int, epoll_create1, -1, (int flags), (flags))
FAILING(int, epoll_ctl, -1,
    (int epoll, int operation, int fd, struct epoll_event *event),
    (epoll, operation, fd, event))
FAILING(int, epoll_pwait, -1,
    (int epoll, struct epoll_event *events, int room, int ms,
	const sigset_t *mask),
    (epoll, events, room, ms, mask))
FAILING(int, poll, -1, (struct pollfd * polled, nfds_t count, int ms),
    (polled, count, ms))
FAILING(int, pipe2, -1, (int ends[2], int flags), (ends, flags))
FAILING(pid_t, fork, -1, (void), ())
FAILING(pid_t, waitpid, -1, (pid_t pid, int *status, int options),
    (pid, status, options))
FAILING(int, signalfd, -1, (int fd, const sigset_t *set, int flags),
    (fd, set, flags))
FAILING(ssize_t, getrandom, -1, (void *buffer, size_t size, unsigned flags),
    (buffer, size, flags))
FAILING(int, sem_wait, -1, (sem_t * semaphore), (semaphore))
FAILING(int, flock, -1, (int fd, int operation), (fd, operation))
FAILING(int, socket, -1, (int domain, int type, int protocol),
    (domain, type, protocol))
FAILING(int, bind, -1, (int fd, __CONST_SOCKADDR_ARG address, socklen_t size),
    (fd, address, size))
FAILING(int, listen, -1, (int fd, int backlog), (fd, backlog))
FAILING(int, setsockopt, -1,
    (int fd, int level, int name, const void *value, socklen_t size),
    (fd, level, name, value, size))
FAILING(int, shutdown, -1, (int fd, int how), (fd, how))
FAILING(int, getsockopt, -1,
    (int fd, int level, int name, void *restrict value,
	socklen_t *restrict size),
    (fd, level, name, value, size))
FAILING(int, connect, -1,
    (int fd, __CONST_SOCKADDR_ARG address, socklen_t size), (fd, address, size))
FAILING(int, socketpair, -1, (int domain, int type, int protocol, int ends[2]),
    (domain, type, protocol, ends))
FAILING(int, chmod, -1, (const char *path, mode_t mode), (path, mode))
FAILING(int, access, -1, (const char *path, int mode), (path, mode))
FAILING(int, unlink, -1, (const char *path), (path))
FAILING(int, stat, -1,
    (const char *restrict path, struct stat *restrict status), (path, status))
FAILING(int, lstat, -1,
    (const char *restrict path, struct stat *restrict status), (path, status))
FAILING(char *, realpath, NULL,
    (const char *restrict path, char *restrict real_path), (path, real_path))
FAILING(ssize_t, readlink, -1,
    (const char *restrict path, char *restrict target, size_t size),
    (path, target, size))
FAILING(int, execv, -1, (const char *path, char *const arguments[]),
    (path, arguments))
FAILING(int, syncfs, -1, (int fd), (fd))
FAILING(int, fflush, EOF, (FILE * file), (file))
FAILING(struct group *, getgrnam, NULL, (const char *name), (name))
FAILING(int, inotify_init1, -1, (int flags), (flags))
FAILING(int, inotify_add_watch, -1, (int fd, const char *path, uint32_t mask),
    (fd, path, mask))
FAILING(int, ppoll, -1,
    (struct pollfd * polled, nfds_t count, const struct timespec *time,
	const sigset_t *mask),
    (polled, count, time, mask))
FAILING(int, sigtimedwait, -1,
    (const sigset_t *restrict set, siginfo_t *restrict info,
	const struct timespec *restrict time),
    (set, info, time))
#if __SIZEOF_POINTER__ > 4
FAILING(void *, mmap, MAP_FAILED,
    (void *address, size_t size, int protection, int flags, int fd,
	off_t offset),
    (address, size, protection, flags, fd, offset))
/* SQLite's. */
FAILING(int, stat64, -1,
    (const char *restrict path, struct stat64 *restrict status), (path, status))
FAILING(int, lstat64, -1,
    (const char *restrict path, struct stat64 *restrict status), (path, status))
FAILING(int, fstat64, -1, (int fd, struct stat64 *status), (fd, status))
#endif
FAILING(int, ftruncate64, -1, (int fd, off64_t size), (fd, size))
FAILING(void *, mmap64, MAP_FAILED,
    (void *address, size_t size, int protection, int flags, int fd,
	off64_t offset),
    (address, size, protection, flags, fd, offset))
/* These return the error. */
FAILING(int, posix_spawnp, fault.number,
    (pid_t *restrict pid, const char *restrict file,
	const posix_spawn_file_actions_t *restrict actions,
	const posix_spawnattr_t *restrict attributes, char *const arguments[],
	char *const environment[]),
    (pid, file, actions, attributes, arguments, environment))
FAILING(int, posix_spawn_file_actions_init, fault.number,
    (posix_spawn_file_actions_t * actions), (actions))
FAILING(int, posix_spawn_file_actions_adddup2, fault.number,
    (posix_spawn_file_actions_t * actions, int fd, int new), (actions, fd, new))
FAILING(int, pthread_create, fault.number,
    (pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
	void *(*start)(void *), void *restrict argument),
    (thread, attributes, start, argument))

#define OPEN(name)                                                             \
	int name(const char *path, int flags, ...)                             \
	{                                                                      \
		int (*real)(const char *, int, ...);                           \
		mode_t mode = 0;                                               \
		va_list arguments;                                             \
                                                                               \
		if (fails_to_open(#name, flags, CALLER))                       \
			return -1;                                             \
		if (flags & (O_CREAT | O_TMPFILE)) {                           \
			va_start(arguments, flags);                            \
			mode = va_arg(arguments, mode_t);                      \
			va_end(arguments);                                     \
		}                                                              \
		FIND(#name, real);                                             \
		return real(path, flags, mode);                                \
	}

OPEN(open)
#if __SIZEOF_POINTER__ > 4
OPEN(open64)
#endif

int
openat(int folder, const char *name, int flags, ...)
{
	int (*real)(int, const char *, int, ...);
	mode_t mode = 0;
	va_list arguments;

	if (fails_to_open("openat", flags, CALLER))
		return -1;
	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(arguments, flags);
		mode = va_arg(arguments, mode_t);
		va_end(arguments);
	}
	FIND("openat", real);
	return real(folder, name, flags, mode);
}

/* For any command the third argument is a pointer, or fits into one. */
#define FCNTL(name)                                                            \
	int name(int fd, int command, ...)                                     \
	{                                                                      \
		int (*real)(int, int, ...);                                    \
		va_list arguments;                                             \
		void *third;                                                   \
                                                                               \
		if (fails(#name, CALLER))                                      \
			return -1;                                             \
		va_start(arguments, command);                                  \
		third = va_arg(arguments, void *);                             \
		va_end(arguments);                                             \
		FIND(#name, real);                                             \
		return real(fd, command, third);                               \
	}

FCNTL(fcntl)
#if __SIZEOF_POINTER__ > 4
FCNTL(fcntl64)
#endif

int
ioctl(int fd, unsigned long command, ...)
{
	int (*real)(int, unsigned long, ...);
	va_list arguments;
	void *third;

	if (fails("ioctl", CALLER))
		return -1;
	va_start(arguments, command);
	third = va_arg(arguments, void *);
	va_end(arguments);
	FIND("ioctl", real);
	return real(fd, command, third);
}

/* Linux closes the descriptor even if close fails. */
int
close(int fd)
{
	bool failing = fails("close", CALLER);
	int (*real)(int), result;

	FIND("close", real);
	result = real(fd);
	if (!failing)
		return result;
	errno = fault.number;
	return -1;
}

int
fclose(FILE *file)
{
	bool failing = fails("fclose", CALLER);
	int (*real)(FILE *), result;

	FIND("fclose", real);
	result = real(file);
	if (!failing)
		return result;
	errno = fault.number;
	return EOF;
}

ssize_t
read(int fd, void *buffer, size_t size)
{
	ssize_t (*real)(int, void *, size_t);

	if (!transfers("read", CALLER, &size))
		return -1;
	FIND("read", real);
	return real(fd, buffer, size);
}

ssize_t
__read_chk(int fd, void *buffer, size_t size, size_t room)
{
	ssize_t (*real)(int, void *, size_t, size_t);

	if (!transfers("__read_chk", CALLER, &size))
		return -1;
	FIND("__read_chk", real);
	return real(fd, buffer, size, room);
}

ssize_t
recv(int fd, void *buffer, size_t size, int flags)
{
	ssize_t (*real)(int, void *, size_t, int);

	if (!transfers("recv", CALLER, &size))
		return -1;
	FIND("recv", real);
	return real(fd, buffer, size, flags);
}

ssize_t
send(int fd, const void *buffer, size_t size, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int);

	if (!transfers("send", CALLER, &size))
		return -1;
	FIND("send", real);
	return real(fd, buffer, size, flags);
}

ssize_t
pread64(int fd, void *buffer, size_t size, off64_t offset)
{
	ssize_t (*real)(int, void *, size_t, off64_t);

	if (!transfers("pread64", CALLER, &size))
		return -1;
	FIND("pread64", real);
	return real(fd, buffer, size, offset);
}

ssize_t
pwrite64(int fd, const void *buffer, size_t size, off64_t offset)
{
	ssize_t (*real)(int, const void *, size_t, off64_t);

	if (!transfers("pwrite64", CALLER, &size))
		return -1;
	FIND("pwrite64", real);
	return real(fd, buffer, size, offset);
}

/* With offsets of 64 bits where pointers have 32, these are those above. */
#ifndef _FILE_OFFSET_BITS
ssize_t
pread(int fd, void *buffer, size_t size, off_t offset)
{
	ssize_t (*real)(int, void *, size_t, off_t);

	if (!transfers("pread", CALLER, &size))
		return -1;
	FIND("pread", real);
	return real(fd, buffer, size, offset);
}

ssize_t
pwrite(int fd, const void *buffer, size_t size, off_t offset)
{
	ssize_t (*real)(int, const void *, size_t, off_t);

	if (!transfers("pwrite", CALLER, &size))
		return -1;
	FIND("pwrite", real);
	return real(fd, buffer, size, offset);
}
#endif

ssize_t
write(int fd, const void *buffer, size_t size)
{
	ssize_t (*real)(int, const void *, size_t);

	if (!transfers("write", CALLER, &size))
		return -1;
	FIND("write", real);
	return real(fd, buffer, size);
}

ssize_t
writev(int fd, const struct iovec *pieces, int count)
{
	ssize_t (*real)(int, const struct iovec *, int);
	struct iovec first = *pieces;

	if (!transfers("writev", CALLER, &first.iov_len))
		return -1;
	FIND("writev", real);
	if (first.iov_len < pieces->iov_len)
		return real(fd, &first, 1);
	return real(fd, pieces, count);
}

#ifndef SANITIZED

void *
malloc(size_t size)
{
	return lacks_memory("malloc", CALLER) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return lacks_memory("calloc", CALLER) ? NULL
					      : __libc_calloc(count, size);
}

void *
realloc(void *memory, size_t size)
{
	return lacks_memory("realloc", CALLER) ? NULL
					       : __libc_realloc(memory, size);
}

char *
strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	void *copy =
	    lacks_memory("strdup", CALLER) ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

char *
strndup(const char *text, size_t max)
{
	const size_t size = strnlen(text, max);
	char *copy =
	    lacks_memory("strndup", CALLER) ? NULL : __libc_malloc(size + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

#endif

FILE *
open_memstream(char **text, size_t *size)
{
	FILE *(*real)(char **, size_t *);

	if (lacks_memory("open_memstream", CALLER))
		return NULL;
	FIND("open_memstream", real);
	return real(text, size);
}

int
asprintf(char **text, const char *format, ...)
{
	va_list arguments;
	int length;

	if (lacks_memory("asprintf", CALLER))
		return -1;
	va_start(arguments, format);
	length = vasprintf(text, format, arguments);
	va_end(arguments);
	return length;
}

int
__asprintf_chk(char **text, int flag, const char *format, ...)
{
	va_list arguments;
	int length;

	(void)flag;
	if (lacks_memory("__asprintf_chk", CALLER))
		return -1;
	va_start(arguments, format);
	length = vasprintf(text, format, arguments);
	va_end(arguments);
	return length;
}
