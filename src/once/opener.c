#include "once/opener.h"

#define MANY 4096 /* lines, which change STATE, next to always */

void
opener_open(void *opener_of)
{
	struct opener *opener = opener_of;

	opener->result = state_open(
	    opener->state, opener->driver, opener->file, opener->has_profiles);
}

static void *
open_and_begin(void *opener_of)
{
	struct opener *opener = opener_of;

	opener_open(opener);
	if (opener->result == 0 && opener->lines >= MANY)
		opener->result = state_prepare(opener->state);
	return NULL;
}

bool
opener_start(struct opener *opener)
{
	opener->has_thread =
	    pthread_create(&opener->thread, NULL, open_and_begin, opener) == 0;
	return opener->has_thread;
}

int
opener_end(struct opener *opener)
{
	if (opener->has_thread)
		(void)pthread_join(opener->thread, NULL);
	opener->has_thread = false;
	return opener->result;
}
