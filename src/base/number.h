/*
 * number.h: numbers that people write, parsed once and strictly: digits, then
 * one unit or none; no sign, no space, no exponent, no overflow. Shares and
 * rates may have a fraction, of up to 6 digits.
 *
 * Calls return 0, or -1 when the text is not such a number or not within MIN to
 * MAX.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdint.h>

#include "base/attributes.h"

/* With K, M or G for powers of 1024: bytes, and counts of things. */
int number_parse(
    const char *text, uint64_t min, uint64_t max, uint64_t *number) MUST_USE;

/* Digits alone, as protocols have them: a Content-Length, a port. */
int number_parse_digits(
    const char *text, uint64_t min, uint64_t max, uint64_t *number) MUST_USE;

/* A time in seconds, with s, m, h or d. */
int number_parse_time(
    const char *text, uint64_t min, uint64_t max, uint64_t *seconds) MUST_USE;

/* A share, 0 to 1, as a percentage, "2.5%". The '%' is required: a bare 0.1
   could mean either. */
int number_parse_share(const char *text, double *share) MUST_USE;

/* A rate above 0, "5", "5/s", "90/m" or "0.5/h": times a second. */
int number_parse_rate(const char *text, double *rate) MUST_USE;

#endif
