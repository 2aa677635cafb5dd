#include "once/repeat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/say.h"

int
repeat_as_part(char **argv, const char *command, int input, uint64_t lines,
    const sigset_t *before)
{
	char number[24];

	say_warning("%s exits with 65: it gets the lines again without those "
		    "who leave by a sync, and they stay in for now",
	    command);
	snprintf(number, sizeof number, "%" PRIu64, lines);
	if (lseek(input, 0, SEEK_SET) == 0 &&
	    dup2(input, STDIN_FILENO) == STDIN_FILENO &&
	    setenv("MIXSPOOL_USERS", number, 1) == 0 &&
	    setenv("MIXSPOOL_PART", "1", 1) == 0) {
		(void)sigprocmask(SIG_SETMASK, before, NULL);
		(void)execv("/proc/self/exe", argv);
	}
	return say_fail(EX_OSERR, "cannot run again: %s", strerror(errno));
}
