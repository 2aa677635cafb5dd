/*
 * condition.h: whether the journal has what comes, as far as its folder shows.
 * When it has not, an empty journal does not mean that nothing came.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

enum condition_kind {
	CONDITION_KEPT,       /* or nothing was noted yet */
	CONDITION_OFF,        /* the receiver's MIXSPOOL_JOURNAL_DAYS is 0 */
	CONDITION_UNREADABLE, /* by this process */
	CONDITION_UNWRITABLE, /* by the receiver */
};

struct condition {
	enum condition_kind kind;
	int error; /* of the last two kinds */
};

/*
 * Looks at the journal in a spool. The owner of the spool writes it, or a group
 * that may. Modes are seen, an ACL is believed to permit, and disks
 * that are full or read-only are seen, too.
 */
struct condition condition_read(int spool, int64_t now_ms);

/* "the journal is off (MIXSPOOL_JOURNAL_DAYS=0)"; "" if it is kept. */
#define CONDITION_SIZE 160
const char *condition_say(
    const struct condition *condition, char text[CONDITION_SIZE]);

/*
 * The receiver leaves word for all who look at the spool whether it keeps a
 * journal: a file .journal-off says that it does not. A failure is silent.
 */
void condition_note(int spool, bool off);

#endif
