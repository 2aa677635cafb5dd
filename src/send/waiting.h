/*
 * waiting.h: what a run waits for, for the line of progress.
 */
#ifndef WAITING_H
#define WAITING_H

#include "send/state.h"

#define WAITING_MAX 128 /* bytes */

/*
 * ", waits for an answer" and the like, or "" while there is work. READS: the
 * profiles have nothing to read for now. PASS_MS: until the next pass of
 * --watch, or -1 within one.
 */
void waiting_describe(const struct send *send, bool reads, int64_t pass_ms,
    char text[WAITING_MAX]);

#endif
