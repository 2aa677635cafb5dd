/* put_away.h: takes batches out of new/ after a command had them. */
#ifndef PUT_AWAY_H
#define PUT_AWAY_H

#include <stddef.h>

#include "base/attributes.h"
#include "spool/batches.h"

/*
 * Moves batches from NEW to the folder STATE of the campaign FOLDER, and makes
 * that folder when it is missing; or removes them when STATE is NULL. A batch
 * that is gone already is fine. 0: all are gone from NEW, durably. -1 and
 * errno: some may be.
 */
int put_away(int folder, int new, batch_name *names, size_t count,
    const char *state) MUST_USE;

#endif
