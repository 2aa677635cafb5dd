/* connect.h: begins a session with the server of a URL. */
#ifndef CONNECT_H
#define CONNECT_H

#include "postgres/session.h"

/* What the URL leaves open is from the environment, as libpq has it. IS_WRITER:
   to a server that can be written. 0, or -1, see state.h; session_close follows
   both. */
int connect_session(struct state *state, struct session *session,
    const char *url, bool is_writer) MUST_USE;

#endif
