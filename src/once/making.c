#include "once/making.h"

#include <sysexits.h>

#include "base/say.h"

int
making_state(const struct state_driver *driver,
    const struct once_options *options, const char *where)
{
	struct state state;
	int status = EX_OK;

	if (state_init(&state, driver, where) < 0)
		status =
		    say_fail(state.status, "%s: %s", options->state, state.why);
	state_close(&state);
	return status;
}
