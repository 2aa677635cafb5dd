#include "send/page.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

int
page_new_session(char session[PAGE_SESSION])
{
	unsigned char b[16];

	if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
		return -1;
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(session, PAGE_SESSION,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

int
page_begin(struct body *body, const struct page *page)
{
	static const char members[] = ",\"members\":[";
	json_t *object = json_pack(
	    "{s:s, s:{s:s, s:s, s:s, s:s, s:s, s:{s:I, s:I}}}", "action",
	    page->action, "parameters", "mixpanel_project_id", page->project,
	    "mixpanel_cohort_id", page->id, "mixpanel_cohort_name", page->name,
	    "mixpanel_cohort_description", "", "mixpanel_session_id",
	    page->session, "page_info", "total_pages", (json_int_t)page->total,
	    "page_count", (json_int_t)page->number);
	char *text = json_dumps(object, JSON_COMPACT), *head = NULL;
	int size = -1, result = -1;

	json_decref(object);
	/* "}}" ends the parameters and all; the body's frame has it again. */
	if (text)
		size = asprintf(
		    &head, "%.*s%s", (int)strlen(text) - 2, text, members);
	if (size >= 0)
		result = body_put_head(body, head, (size_t)size);
	if (size >= 0)
		free(head);
	free(text);
	if (result < 0)
		errno = ENOMEM;
	return result;
}
