/* advice_inside.h: the lines of advice.c; for it alone. */
#ifndef ADVICE_INSIDE_H
#define ADVICE_INSIDE_H

#include "doctor/advice.h"

/* The line as it should be, or several; NULL: there is none. */
const char *advice_line(enum server server, enum fault fault) MUST_USE;

#endif
