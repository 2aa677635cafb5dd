/* once.h: `mixspool once` and `mixspool members`, each a main of its own. */
#ifndef ONCE_H
#define ONCE_H

#include "tool/tool.h"

tool_command once, members;

#endif
