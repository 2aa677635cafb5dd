/*
 * sample.h: plausible profiles of invented people, for rehearsals:
 * names in many scripts, numbers, dates within the last 90 days, lists, escapes
 * of every kind, and addresses at example.com (RFC 2606).
 *
 * The same seed, index and day make the same profile. Ids of one seed differ.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SAMPLE_MAX 2048 /* bytes of a profile */

/*
 * Writes a profile as one line of JSON, without '\n', and returns its size.
 * No date is later than DAY, in seconds since the epoch.
 */
size_t sample_profile(
    uint64_t seed, uint64_t index, time_t day, char profile[SAMPLE_MAX]);

#endif
