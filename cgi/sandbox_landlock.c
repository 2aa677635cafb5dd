/* Source: landlock(7), and "Landlock: unprivileged access control" in the
   kernel's documentation. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "cgi/sandbox.h"
#include "journal/journal.h"

/* struct landlock_ruleset_attr of version 6, which headers may lack. */
struct ruleset {
	uint64_t files, network, scopes;
};

/* Version 1 has the first 13; then came REFER, TRUNCATE, IOCTL_DEV. */
#define FILES_OF_1 ((UINT64_C(1) << 13) - 1)
#define REFER (UINT64_C(1) << 13)       /* rename between folders, version 2 */
#define TRUNCATE (UINT64_C(1) << 14)    /* version 3 */
#define IOCTL (UINT64_C(1) << 15)       /* version 5 */
#define BIND_AND_CONNECT UINT64_C(3)    /* of TCP, version 4 */
#define SOCKETS_AND_SIGNALS UINT64_C(3) /* of others, version 6 */

/* No file can be read, except for the journal's. What an attacker could add to
   the spool is no worse than what anybody can post. */
#define SPOOL                                                                  \
	(LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |           \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE |      \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | REFER)

static int
make_ruleset(long version)
{
	struct ruleset ruleset = {.files = FILES_OF_1 | REFER};
	size_t size = sizeof ruleset.files;

	if (version >= 3)
		ruleset.files |= TRUNCATE;
	if (version >= 5)
		ruleset.files |= IOCTL;
	if (version >= 4) {
		ruleset.network = BIND_AND_CONNECT;
		size = offsetof(struct ruleset, scopes);
	}
	if (version >= 6) {
		ruleset.scopes = SOCKETS_AND_SIGNALS;
		size = sizeof ruleset;
	}
	return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
}

static int
allow(int ruleset, int folder, uint64_t access)
{
	const struct landlock_path_beneath_attr rule = {
	    .allowed_access = access, .parent_fd = folder};

	return (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* In the folder that FILE is in, since another file may take its place. */
static int
allow_beside(int ruleset, const char *file, uint64_t access)
{
	char *folder = strdup(file), *slash;
	int fd, result = -1;

	if (!folder)
		return -1;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		result = allow(ruleset, fd, access);
	fd_close(fd);
	free(folder);
	return result;
}

/* By its own name and, if that is a symbolic link, where the link leads. */
static int
allow_secret(int ruleset, const char *file)
{
	char *real = realpath(file, NULL);
	int result =
	    real ? allow_beside(ruleset, real, LANDLOCK_ACCESS_FS_READ_FILE)
		 : -1;

	free(real);
	return result < 0
		   ? -1
		   : allow_beside(ruleset, file, LANDLOCK_ACCESS_FS_READ_FILE);
}

/* A day that has ended is summed up; the status page shows the journal. There
   is no rule while there is no journal. */
static int
allow_journal(int ruleset, int spool)
{
	const int fd = openat(spool, JOURNAL_FOLDER,
	    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const int result =
	    fd < 0 ? 0 : allow(ruleset, fd, LANDLOCK_ACCESS_FS_READ_FILE);

	fd_close(fd);
	return result;
}

const char *
sandbox_landlock(const struct sandbox *sandbox)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset, error = 0;

	if (sandbox->spool < 0)
		return NULL;
	if (version < 0)
		return sandbox_strerror(errno);
	/* Commits rename from tmp/ to new/, which version 1 cannot allow. */
	if (version < 2)
		return "its version is 1, before Linux 5.19";
	ruleset = make_ruleset(version);
	if (ruleset < 0)
		return strerror(errno);
	if (allow(ruleset, sandbox->spool, SPOOL) < 0 ||
	    allow_journal(ruleset, sandbox->spool) < 0 ||
	    (sandbox->socket && allow_beside(ruleset, sandbox->socket,
				    LANDLOCK_ACCESS_FS_REMOVE_FILE) < 0) ||
	    (sandbox->secret_file &&
		allow_secret(ruleset, sandbox->secret_file) < 0) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		error = errno;
	close(ruleset);
	return error ? strerror(error) : NULL;
}
