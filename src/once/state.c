#include "once/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int
state_fail_with(struct state *state, int status, const char *why)
{
	state->status = status;
	snprintf(state->why, sizeof state->why, "%s", why);
	return -1;
}

int
state_fail_memory(struct state *state)
{
	return state_fail_with(state, EX_TEMPFAIL, strerror(ENOMEM));
}

int
state_fail_damaged(struct state *state)
{
	state->status = EX_DATAERR;
	snprintf(state->why, sizeof state->why, "it is damaged: %s",
	    state->driver->damaged);
	return -1;
}

int
state_open(struct state *state, const struct state_driver *driver,
    const char *where, bool has_profiles)
{
	*state = (struct state){.driver = driver, .has_profiles = has_profiles};
	return driver->open(state, where);
}

int
state_open_to_read(
    struct state *state, const struct state_driver *driver, const char *where)
{
	*state = (struct state){.driver = driver};
	return driver->open_to_read(state, where);
}

int
state_init(
    struct state *state, const struct state_driver *driver, const char *where)
{
	*state = (struct state){.driver = driver, .has_profiles = true};
	return driver->init(state, where);
}

char *
state_hide(const struct state_driver *driver, char *where)
{
	return driver->hide ? driver->hide(where) : strdup(where);
}

int
state_prepare(struct state *state)
{
	return state->driver->prepare ? state->driver->prepare(state) : 0;
}

int
state_settle(struct state *state)
{
	return state->driver->settle ? state->driver->settle(state) : 0;
}

void
state_write_ahead(struct state *state)
{
	if (state->driver->write_ahead)
		state->driver->write_ahead(state);
}

int
state_commit(struct state *state)
{
	return state->driver->commit(state);
}

void
state_close(struct state *state)
{
	if (state->driver)
		state->driver->close(state);
	*state = (struct state){0};
}

int
state_ask(struct state *state, struct state_row *row)
{
	int answer;

	if (state->driver->ask)
		return state->driver->ask(state, row);
	answer = state_step(state, row);
	if (answer > 0)
		state_reset(row);
	state->answers[state->asked++] = answer;
	return answer < 0 ? -1 : 0;
}

int
state_answer(struct state *state)
{
	int answer;

	if (state->driver->answer)
		return state->driver->answer(state);
	answer = state->answers[state->answered++];
	if (state->answered == state->asked)
		state->answered = state->asked = 0;
	return answer;
}

bool
state_is_text(struct state_row *row, int column, const char *text)
{
	const struct token_text is = state_text(row, column);

	return is.size == strlen(text) && memcmp(is.text, text, is.size) == 0;
}
