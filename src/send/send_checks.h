/* send_checks.h: checks that involve more than one option. */
#ifndef SEND_CHECKS_H
#define SEND_CHECKS_H

#include "send/send_options.h"

/* NULL, or why the options cannot be combined: a constant. */
const char *send_checks_contradiction(const struct send_options *options);

#endif
