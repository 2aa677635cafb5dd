#include "tool/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool/tool.h"

#define LONGEST_NAME 32

_Static_assert(PROGRAM_PATH_SIZE >= PATH_MAX + 32 + LONGEST_NAME,
    "a path fits, with a place and a name");

static const char *const places[] = {"", "../libexec/mixspool/"};

static bool
is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return strspn(name, letters) > 0 &&
	       strspn(name, others) == strlen(name) &&
	       strlen(name) <= LONGEST_NAME;
}

/* The folder of the running program, with a '/' behind it. 0, or -1 and errno.
 */
static int
find_own_folder(char folder[PATH_MAX])
{
	ssize_t size = readlink("/proc/self/exe", folder, PATH_MAX);

	if (size < 0 && errno == ENOENT)
		errno = ENOSYS;
	if (size < 0)
		return -1;
	while (size > 0 && folder[size - 1] != '/')
		size--;
	if (size == 0 || size == PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	folder[size] = '\0';
	return 0;
}

static void
join(char path[PROGRAM_PATH_SIZE], const char *folder, const char *place,
    const char *name)
{
	snprintf(
	    path, PROGRAM_PATH_SIZE, "%s%smixspool-%s", folder, place, name);
}

int
program_become(const char *name, char **argv)
{
	char folder[PATH_MAX], path[PROGRAM_PATH_SIZE], *const before = argv[0];
	size_t i;

	if (!is_name(name)) {
		errno = ENOENT;
		return -1;
	}
	if (find_own_folder(folder) < 0)
		return -1;
	umask(tool_umask());
	argv[0] = path;
	for (i = 0; i < sizeof places / sizeof *places; i++) {
		join(path, folder, places[i], name);
		execv(path, argv);
		if (errno != ENOENT)
			break;
	}
	argv[0] = before;
	return -1;
}

bool
program_find(
    const struct stat *file, const char *name, char path[PROGRAM_PATH_SIZE])
{
	char folder[PATH_MAX];
	struct stat own;
	size_t i;

	if (!is_name(name) || stat("/proc/self/exe", &own) < 0 ||
	    own.st_dev != file->st_dev || own.st_ino != file->st_ino ||
	    find_own_folder(folder) < 0)
		return false;
	for (i = 0; i < sizeof places / sizeof *places; i++) {
		join(path, folder, places[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}
