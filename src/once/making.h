/* making.h: `mixspool once --init`. */
#ifndef MAKING_H
#define MAKING_H

#include "once/once_options.h"
#include "once/state.h"

/* Makes the STATE of OPTIONS, which is at WHERE. An exit code, after a
   message. */
int making_state(const struct state_driver *driver,
    const struct once_options *options, const char *where);

#endif
