/* keys.h: what alerts and events are known by. */
#ifndef KEYS_H
#define KEYS_H

#include "once/state.h"

/*
 * Notes a key of CAMPAIGN at NOW, in seconds. 1: it is new, or AGAIN seconds
 * have passed since it last was; 0: it is known, for AGAIN 0 for ever; or -1.
 */
int keys_note(struct state *state, const struct token_text *campaign,
    const struct token_text *key, int64_t now, int64_t again) MUST_USE;

#endif
