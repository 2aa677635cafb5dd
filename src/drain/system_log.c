#include "drain/system_log.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"

/* TEXT begins with the name of the subcommand. */
static void
take(bool is_warning, const char *text)
{
	syslog(is_warning ? LOG_WARNING : LOG_ERR, "%s", text);
}

/* syslog(3) tells nobody that it failed. */
static int
is_there(void)
{
	const struct sockaddr_un address = {
	    .sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return fd_close(fd);
	close(fd);
	return 0;
}

int
system_log_take(void)
{
	if (is_there() < 0)
		return -1;
	openlog("mixspool", LOG_PID, LOG_USER);
	say_take(take);
	return 0;
}
