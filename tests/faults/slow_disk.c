/* Preloaded: fdatasync takes SLOW_DISK_MS longer, as a busy disk would. */

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int
fdatasync(int fd)
{
	const char *text = getenv("SLOW_DISK_MS");
	long ms = text ? strtol(text, NULL, 10) : 0;
	const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
	void *symbol = dlsym(RTLD_NEXT, "fdatasync");
	int (*real)(int);

	memcpy(&real, &symbol, sizeof real);
	nanosleep(&pause, NULL);
	return real(fd);
}
