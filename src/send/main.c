/* mixspool-send: Mixpanel's half of the conversation. `mixspool send` runs it.
 */

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/fd.h"
#include "base/say.h"
#include "send/send.h"
#include "tool/tool.h"

int
main(int argc, char **argv)
{
	say_set_program("mixspool send");
	/* A core would hold users. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (fd_occupy_standard() < 0)
		return say_fail(
		    EX_OSERR, "cannot open /dev/null: %s", strerror(errno));
	return tool_end_output(send_users(argc, argv));
}
