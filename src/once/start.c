#include "once/start.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/fd.h"
#include "base/say.h"
#include "once/once.h"
#include "users/tree.h"

bool
start_is_members(const char *program)
{
	static const char members[] = "mixspool-members";
	const char *name = strrchr(program, '/');

	return !strncmp(name ? name + 1 : program, members, sizeof members - 1);
}

int
start(int argc, char **argv, const struct state_driver *driver)
{
	const bool is_members = start_is_members(argv[0]);

	say_set_program(is_members ? "mixspool members" : "mixspool once");
	/* A core dump would hold users. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A file over the limit of sizes is a full disk, not the end. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (fd_occupy_standard() < 0)
		return say_fail(
		    EX_OSERR, "cannot open /dev/null: %s", strerror(errno));
	tree_init();
	return is_members ? members(argc, argv, driver)
			  : once(argc, argv, driver);
}
