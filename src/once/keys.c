#include "once/keys.h"

int
keys_note(struct state *state, const struct token_text *campaign,
    const struct token_text *key, sqlite3_int64 now, sqlite3_int64 again)
{
	sqlite3_stmt *statement = state_use(state, STATE_FIND_KEY, 0, NULL);
	bool has_passed = false;
	sqlite3_int64 at;
	int found;

	state_bind_text(statement, 1, campaign);
	state_bind_blob(statement, 2, key);
	found = state_step(state, statement);
	if (found < 0)
		return -1;
	if (found) {
		at = sqlite3_column_int64(statement, 0);
		sqlite3_reset(statement);
		has_passed = again == 0 || now - at < again;
		/* The clock was ahead then: AGAIN begins now. */
		if (has_passed && (again == 0 || at <= now))
			return 0;
	}
	statement = state_use(state, STATE_PUT_KEY, 1, &now);
	state_bind_text(statement, 2, campaign);
	state_bind_blob(statement, 3, key);
	return state_run(state, statement) < 0 ? -1 : !has_passed;
}
