#include "once/complaint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/say.h"

int
complaint_state(const struct state *state, const char *name)
{
	/* Never EX_DATAERR for a damaged file: drain would look for the line
	   that is wrong, and put each into failed/. */
	const int status = state->status == EX_USAGE ? EX_USAGE : EX_TEMPFAIL;

	return say_fail(status, "%s: %s; %s", name, state->why,
	    state->is_unknown ? "whether it is changed is not known"
			      : "nothing is changed");
}

int
complaint_scratch(const struct state_driver *driver, const char *what)
{
	const char *folder = getenv("TMPDIR");
	const int error = errno;

	if (!folder || !*folder)
		folder =
		    driver->scratch ? driver->scratch : "the folder of STATE";
	return say_fail(EX_TEMPFAIL, "cannot %s a temporary file in %s: %s",
	    what, folder, strerror(error));
}

int
complaint_short(uint64_t lines, uint64_t expected)
{
	return say_fail(EX_TEMPFAIL,
	    "the input ends after %" PRIu64 " of %" PRIu64
	    " lines; nothing is changed",
	    lines, expected);
}

void
complaint_unwhole(void)
{
	say_warning("pages without a valid number, with another total than "
		    "their session, or of several without a session: nobody "
		    "leaves by such a sync");
}
