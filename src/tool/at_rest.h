/*
 * at_rest.h: the batches of a campaign that are at rest, by their states.
 *
 * A state is a folder of the campaign, which may be missing. Symbolic links are
 * not followed.
 */
#ifndef AT_REST_H
#define AT_REST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "tool/target.h"

/* In an order in which no batch that others move meanwhile is missed: retry
   moves to new/ without the lock. */
enum at_rest_state {
	AT_REST_DONE,
	AT_REST_ASIDE,
	AT_REST_FAILED,
	AT_REST_NEW,
	AT_REST_STATES
};
extern const char *const at_rest_names[AT_REST_STATES];

/*
 * Calls STEP for each batch of a state, oldest first, in bounded memory,
 * whatever happens to the batches. FOLDER is that of the state; the name is
 * only a name: the file may be of any kind, or gone. A STEP that is not 0 ends
 * it, with errno. 0, or -1 and errno.
 */
typedef int at_rest_step(int folder, const char *batch, void *context);
int at_rest_each(int campaign, enum at_rest_state state, at_rest_step *step,
    void *context) MUST_USE;

/* Makes all changes of a state durable, also those of a process that died
   before its own sync. 0, also where it is missing, or -1 and errno. */
int at_rest_sync(int campaign, enum at_rest_state state) MUST_USE;

/*
 * Opens the folder NAME of the campaign, and makes it when it is missing:
 * nothing is written where it is there. A descriptor, or -1 and errno. Its name
 * is durable only after an fsync of CAMPAIGN.
 */
int at_rest_make(int campaign, const char *name) MUST_USE;

/*
 * Takes the campaign's lock (lock.h), and waits for it up to SECONDS. A
 * descriptor, or -1 after a message, which ends with WHAT, such as "nothing was
 * removed".
 */
int at_rest_lock(
    const struct target *target, uint64_t seconds, const char *what) MUST_USE;

/* The file is not a batch, whatever its name: nobody hands it over. By errno of
   batch_open. */
bool at_rest_is_stranger(int error);

#endif
