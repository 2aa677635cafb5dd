/* consumer.h: the command behind the filter. */
#ifndef CONSUMER_H
#define CONSUMER_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"

/*
 * Holds back SIGTERM, SIGINT and SIGHUP from here on: consumer_wait passes them
 * on to the command, and what follows it is not interrupted.
 */
void consumer_hold_signals(sigset_t *before);

/*
 * Starts COMMAND with INPUT as its standard input, MIXSPOOL_USERS=USERS, and
 * the signals of BEFORE. Its process for consumer_wait; or -1 and errno.
 */
pid_t consumer_start(char *const *command, int input, uint64_t users,
    const sigset_t *before) MUST_USE;

/* Waits for its end. Its exit status, or 128 and the number of the signal that
   killed it; or -1 and errno. */
int consumer_wait(pid_t pid) MUST_USE;

#endif
