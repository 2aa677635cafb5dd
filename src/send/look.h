/*
 * look.h: a look through all profiles, while POSTs go on: who matches is
 * gathered, delivered and settled, to the last answer.
 *
 * Profiles that are invalid and files that cannot be read are said, and do not
 * end it. A signal does, or what ends gathering: nothing new is begun then, and
 * what is in flight is waited for.
 */
#ifndef LOOK_H
#define LOOK_H

#include "send/recipients.h"

struct look {
	const struct send_options *options;
	struct profiles *profiles;
	struct gather *gather;
	struct delivery *delivery;
	struct tally *tally;
	struct meter *meter;
	const volatile sig_atomic_t *stop; /* the signal that came, or 0 */
	sigset_t signals;                  /* those that set it */

	uint64_t looks; /* that are done, for --repeat */
	bool at_end;    /* of the profiles, in this look */
	bool down_said;
	int unreadable; /* what to exit with for a file, in this look */
};

/* All profiles, as often as --repeat wants it. */
void look_through(struct look *look);

/* Again and again, as --watch wants it, until a signal comes. */
void look_watch(struct look *look);

/* Prints who would be sent, and needs no delivery. */
void look_rehearse(struct look *look);

#endif
