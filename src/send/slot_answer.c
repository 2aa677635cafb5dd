#include <string.h>

#include "send/slot.h"

/* SIZE bytes in printable ASCII, and '\0'. */
static void
show(char *to, const char *from, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[size] = '\0';
}

static const char *
why_none(struct slot *slot, CURLcode code)
{
	const char *excess = incoming_excess(&slot->incoming);

	if (slot->stale)
		return "the kept connection was closed";
	if (excess)
		return excess;
	/* libcurl 7.88 has one code for both. */
	if (code == CURLE_OUT_OF_MEMORY)
		return "no memory, or the answer has a header field of more "
		       "than 100 KB";
	if (slot->failure[0] == '\0')
		return curl_easy_strerror(code);
	show(slot->failure, slot->failure, strlen(slot->failure));
	return slot->failure;
}

void
slot_read_answer(struct slot *slot, CURLcode code, struct client_answer *answer)
{
	curl_off_t us = 0;

	curl_easy_getinfo(slot->easy, CURLINFO_TOTAL_TIME_T, &us);
	show(slot->text, slot->incoming.text, slot->incoming.text_size);
	*answer = (struct client_answer){
	    .context = slot->context,
	    .text = slot->text,
	    .us = (uint64_t)us,
	};
	if (code == CURLE_OK) {
		curl_easy_getinfo(
		    slot->easy, CURLINFO_RESPONSE_CODE, &answer->status);
		return;
	}
	answer->why = why_none(slot, code);
	answer->stale = slot->stale;
}
