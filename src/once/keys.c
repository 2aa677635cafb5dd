#include "once/keys.h"

int
keys_note(struct state *state, const struct token_text *campaign,
    const struct token_text *key, int64_t now, int64_t again)
{
	const int64_t numbers[] = {now, again};
	struct state_row *row, *ahead;
	int is_new;

	/* The clock was ahead then: AGAIN begins now. */
	if (again > 0) {
		ahead = state_use(state, STATE_TURN_BACK_KEY, 1, &now);
		state_bind_text(ahead, 2, campaign);
		state_bind_blob(ahead, 3, key);
		if (state_run(state, ahead) < 0)
			return -1;
	}
	row = state_use(state, STATE_PUT_KEY, 2, numbers);
	state_bind_text(row, 3, campaign);
	state_bind_blob(row, 4, key);
	is_new = state_step(state, row);
	if (is_new > 0)
		state_reset(row);
	return is_new;
}
