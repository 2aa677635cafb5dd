#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "send/ledger_inside.h"

enum ledger_result
ledger_lock_open(struct ledger *ledger)
{
	char *name;

	if (asprintf(&name, "%s-lock", ledger->path) < 0)
		return ledger_fail(ledger, strerror(ENOMEM));
	ledger->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(name);
	return ledger->lock < 0 ? ledger_fail(ledger, strerror(errno))
				: LEDGER_OK;
}

/* Locks SIZE bytes from START on; 0: all of them. */
static enum ledger_result
lock_bytes(struct ledger *ledger, sqlite3_int64 start, off_t size)
{
	struct flock bytes = {.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = (off_t)start,
	    .l_len = size};

	if (fcntl(ledger->lock, F_OFD_SETLK, &bytes) == 0)
		return LEDGER_OK;
	if (errno == EAGAIN || errno == EACCES)
		return LEDGER_LOCKED;
	return ledger_fail(ledger, strerror(errno));
}

enum ledger_result
ledger_lock_campaign(struct ledger *ledger, const char *name)
{
	struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
	enum ledger_result result;

	if (fcntl(ledger->lock, F_OFD_SETLK, &all) < 0)
		return ledger_fail(ledger, strerror(errno));
	result = lock_bytes(ledger, ledger->campaign, 1);
	if (result == LEDGER_LOCKED)
		snprintf(ledger->error, sizeof ledger->error,
		    "another send of campaign %s is running", name);
	return result;
}

enum ledger_result
ledger_lock_all(struct ledger *ledger)
{
	enum ledger_result result = lock_bytes(ledger, 0, 0);

	if (result == LEDGER_LOCKED)
		ledger_fail(ledger,
		    "another send is running, and this state of mixspool 0.1 "
		    "must be converted first");
	return result;
}
