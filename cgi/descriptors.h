/*
 * descriptors.h: how many threads and connections RLIMIT_NOFILE allows.
 *
 * Connections come last: the requests in hand must have the descriptors that
 * they need.
 */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/* Raises the soft limit to the hard one, if it can. */
void descriptors_raise_limit(void);

/* How many threads the limit allows; at least 1. */
unsigned descriptors_threads_max(void);

/* How many campaigns may have their folders open while they are idle. */
unsigned descriptors_campaigns_max(void);

/* How many connections it allows beside THREADS, which are at most as above. */
unsigned descriptors_connections_max(unsigned threads);

#endif
