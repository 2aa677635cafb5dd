/*
 * fail.h: what mixspool.fcgi itself says on standard error, a line each.
 */
#ifndef FAIL_H
#define FAIL_H

#include "base/attributes.h"

#define PROGRAM "mixspool.fcgi"

void say(const char *format, ...) PRINTF(1, 2);

/* The same, and returns STATUS, for `return`. */
int fail(int status, const char *format, ...) PRINTF(2, 3);

#endif
