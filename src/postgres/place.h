/* place.h: where STATE is, as a URL that libpq takes. */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>

#include "base/attributes.h"

/* Does it begin with postgresql:// or postgres://? */
bool place_is(const char *text);

/* A copy of URL, owned by the caller; NULL: no memory. In URL itself, which may
   be in the list of processes and goes into messages, stars take the place of
   passwords. */
char *place_hide(char *url) MUST_USE;

#endif
