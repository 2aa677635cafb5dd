/* mixspool-once: what `mixspool once` and `mixspool members` run. By the name
   of mixspool-members, a link, it is the latter. */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/fd.h"
#include "base/say.h"
#include "once/once.h"
#include "once/state_sqlite.h"
#include "users/tree.h"

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	const bool is_members =
	    !strcmp(name ? name + 1 : argv[0], "mixspool-members");

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
	return is_members ? members(argc, argv, &state_sqlite)
			  : once(argc, argv, &state_sqlite);
}
