/* group.h: the batches of a run, next to each other in the list. */
#ifndef GROUP_H
#define GROUP_H

#include "drain/handover.h"

struct group {
	size_t first, count;
	size_t users; /* by the names; counted where these do not say */
};

/*
 * The next whole batches from FROM on, up to LIMIT users (0: all), and one at
 * least. None, with `first` behind it, when the next one cannot be read; none
 * at the end of the list.
 */
struct group group_next(const struct handover *handover,
    const struct batches *batches, size_t from, uint64_t limit) MUST_USE;

/*
 * Hands the group over. A batch that turns out not to be readable ends it; if
 * that is the first one, it is reported as in handover.h, `count` is 0 and
 * `first` is behind it. A run that fails after it was told a wrong number of
 * users is repeated at once with the right one. As handover_turn, but
 * HANDOVER_MORE.
 */
enum handover_end group_hand_over(const struct handover *handover,
    batch_name *names, struct group *group) MUST_USE;

#endif
