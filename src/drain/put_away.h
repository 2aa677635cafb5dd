/* put_away.h: takes batches out of new/ after a command had them. */
#ifndef PUT_AWAY_H
#define PUT_AWAY_H

#include <stddef.h>

#include "base/attributes.h"
#include "spool/batches.h"

/*
 * Opens the folder STATE of the campaign FOLDER, such as "failed", and makes it
 * when it is missing: nothing is written where it is there. A descriptor, or -1
 * and errno. Its name is durable only after an fsync of FOLDER.
 */
int put_away_open(int folder, const char *state) MUST_USE;

/*
 * Moves batches from NEW to the folder STATE of the campaign FOLDER, or removes
 * them when STATE is NULL. A batch
 * that is gone already is fine. 0: all are gone from NEW, durably. -1 and
 * errno: some may be.
 */
int put_away(int folder, int new, batch_name *names, size_t count,
    const char *state) MUST_USE;

#endif
