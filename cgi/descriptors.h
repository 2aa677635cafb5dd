/*
 * descriptors.h: what RLIMIT_NOFILE, the limit of open files, allows.
 *
 * Connections come last: no more are accepted than leaves the requests in hand
 * the descriptors that they need.
 */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/* Raises the soft limit to the hard one, where it can. */
void descriptors_raise_limit(void);

/* How many threads; at least 1. */
unsigned descriptors_threads_max(void);

/* How many connections beside THREADS, at most descriptors_threads_max. */
unsigned descriptors_connections_max(unsigned threads);

#endif
