#include "users/page_about.h"

#include <string.h>

#include "base/ascii.h"
#include "users/json.h"

/* {"total_pages":10,"page_count":3} */
static void
find_pages(struct page_about *about, const struct scan_user *value)
{
	const char *p = value->start, *const end = value->end;
	struct json_member member;
	struct page_token *token;

	while (p && (*p == '{' || *p == ',')) {
		p = json_read_member(p + 1, end, JSON_DEPTH_MAX, &member);
		if (!p)
			break;
		token = !strncmp(member.name, "\"page_count\"", 12)
			    ? &about->page
			: !strncmp(member.name, "\"total_pages\"", 13)
			    ? &about->pages
			    : NULL;
		if (token && ascii_is_digit(*member.value))
			*token = (struct page_token){member.value,
			    (size_t)(member.value_end - member.value)};
		p = json_skip_space(p, end);
	}
}

void
page_about_take(struct page_about *about, const struct object_member *member)
{
	static const struct {
		const char *name;
		size_t at; /* in page_about */
	} members[] = {
	    {"mixpanel_project_id", offsetof(struct page_about, project)},
	    {"mixpanel_cohort_id", offsetof(struct page_about, cohort)},
	    {"mixpanel_cohort_name", offsetof(struct page_about, name)},
	    {"mixpanel_session_id", offsetof(struct page_about, session)},
	};
	const struct scan_user *value = &member->value;
	const struct page_token token = {
	    value->start, (size_t)(value->end - value->start)};
	size_t i;

	if (object_is_called(member, "page_info"))
		find_pages(about, value);
	if (*token.start != '"' && !ascii_is_digit(*token.start))
		return;
	for (i = 0; i < sizeof members / sizeof *members; i++)
		if (object_is_called(member, members[i].name))
			memcpy((char *)about + members[i].at, &token,
			    sizeof token);
}
