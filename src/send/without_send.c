/* mixspool send, in a build without the libraries that it takes. */

#include <sysexits.h>

#include "base/say.h"
#include "tool/tool.h"

int
send_users(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return say_fail(EX_UNAVAILABLE,
	    "this mixspool was built without send, which takes libcurl, libjq "
	    "and SQLite: build it without WITHOUT_SEND=1");
}
