/* start.h: what the mains of mixspool-once and mixspool-once-postgresql
   share. */
#ifndef START_H
#define START_H

#include <stdbool.h>

#include "once/state_driver.h"

/* Is this PROGRAM, argv[0], the one that `mixspool members` runs? */
bool start_is_members(const char *program);

/* All of it, with STATE as DRIVER stores it. An exit code. */
int start(int argc, char **argv, const struct state_driver *driver);

#endif
