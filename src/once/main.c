/* mixspool-once: what `mixspool once` and `mixspool members` run. By the name
   of mixspool-members, a link, it is the latter. */

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>

#include "base/say.h"
#include "once/start.h"
#include "once/state_sqlite.h"
#include "tool/program.h"
#include "tool/tool.h"

/* Is STATE a URL? Nothing else begins like that in front of the command. */
static bool
has_url(char **argv)
{
	while (*++argv && strcmp(*argv, "--") != 0)
		if (!strncmp(*argv, "postgresql://", 13) ||
		    !strncmp(*argv, "postgres://", 11))
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	const char *const name = start_is_members(argv[0])
				     ? "members-postgresql"
				     : "once-postgresql";

	if (!has_url(argv))
		return start(argc, argv, &state_sqlite);
	/* Which program_become puts back. */
	tool_take_umask();
	if (program_become(name, argv) < 0 && errno == ENOENT)
		return say_fail(EX_UNAVAILABLE,
		    "mixspool-%s, which does this, is not installed", name);
	return say_fail(
	    EX_OSERR, "cannot run mixspool-%s: %s", name, strerror(errno));
}
