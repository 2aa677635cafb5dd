#include "postgres/ahead.h"

#include "once/pack.h"

#define MEMBERS_AT_ONCE 128 /* 1 MiB */
#define MANY_ASKED 4

/* Is the last row up to NUMBER among those that are there? */
static bool
find_ahead(
    const struct ahead *ahead, struct row *row, int64_t roster, int64_t number)
{
	if (ahead->pack != PACK_OF(number) || ahead->roster != roster ||
	    row->count == 0)
		return false;
	row->at = 0;
	if (row_number(row, 0, 0) > number)
		return false;
	for (; row->at + 1 < row->count; row->at++)
		if (row_number(row, row->at + 1, 0) > number)
			return true;
	return row->count < ahead->wanted;
}

/* Fetches the row, and more of its pack where more were asked for. */
static int
fetch_members(struct state *state, struct ahead *ahead, struct row *row)
{
	const int64_t roster = row_parameter(row, 0);
	const int64_t number = row_parameter(row, 1);

	if (ahead->pack != PACK_OF(number) || ahead->roster != roster) {
		ahead->are_many = ahead->pack && ahead->asked >= MANY_ASKED;
		ahead->asked = 0;
	}
	ahead->wanted =
	    ahead->are_many || ahead->asked > 0 ? MEMBERS_AT_ONCE : 1;
	ahead->roster = roster;
	ahead->pack = PACK_OF(number);
	row_set(row, 2, PACK_ROW(ahead->pack + 1, 0));
	row_set(row, 3, ahead->wanted);
	return row_fetch(state, row);
}

int
ahead_step(struct state *state, struct ahead *ahead, struct row *row)
{
	const int64_t roster = row_parameter(row, 0);
	const int64_t number = row_parameter(row, 1);

	if (!find_ahead(ahead, row, roster, number)) {
		if (fetch_members(state, ahead, row) < 0)
			return -1;
		row->at = 0;
	}
	ahead->asked++;
	return row->count > 0;
}

void
ahead_forget(struct ahead *ahead)
{
	ahead->pack = 0;
}
