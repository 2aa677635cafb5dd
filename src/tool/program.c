#include "tool/program.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/tool.h"

#define LONGEST_NAME 32

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

int
program_become(const char *name, char **argv)
{
	char folder[PATH_MAX], path[PATH_MAX + 64], *const before = argv[0];
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
		snprintf(path, sizeof path, "%s%smixspool-%s", folder,
		    places[i], name);
		execv(path, argv);
		if (errno != ENOENT)
			break;
	}
	argv[0] = before;
	return -1;
}
