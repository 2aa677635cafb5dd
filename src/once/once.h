/* once.h: `mixspool once` and `mixspool members`, each a main of its own;
   DRIVER stores STATE. Exit codes. */
#ifndef ONCE_H
#define ONCE_H

#include "once/state_driver.h"

int once(int argc, char **argv, const struct state_driver *driver);
int members(int argc, char **argv, const struct state_driver *driver);

#endif
