#include "once/about.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "users/json.h"

static const char no_memory[] = ""; /* NULL for the caller */
static const char unknown[] =
    "its action is not members, add_members or remove_members";

/* From digits, also in quotes; 0: it is not a number of a page. */
static int64_t
read_number(struct line_value value)
{
	const char *p = value.start, *end = value.end;
	int64_t number = 0;

	if (*p == '"') {
		p++;
		end--;
	}
	if (p == end)
		return 0;
	for (; p < end; p++) {
		if (!ascii_is_digit(*p))
			return 0;
		number = number * 10 + (*p - '0');
		if (number > ABOUT_TOTAL_MAX)
			return 0;
	}
	return number;
}

/* 0, or -1: no memory. */
static int
read_page(struct line_value object, struct about *about)
{
	struct line_value total = {NULL, NULL}, page = {NULL, NULL};
	const char *p = object.start;
	struct json_member member;

	if (*p == 'n')
		return 0; /* null */
	about->total = about->page = 0;
	while ((p = line_next(p, object.end, &member))) {
		const int is_total = line_is_name(&member, "total_pages");
		const int is_page = line_is_name(&member, "page_count");

		if (is_total < 0 || is_page < 0)
			return -1;
		if (is_total || is_page)
			*(is_total ? &total : &page) =
			    (struct line_value){member.value, member.value_end};
	}
	if (!total.start || !page.start)
		return 0;
	about->total = read_number(total);
	about->page = read_number(page);
	if (about->page == 0 || about->page > about->total)
		about->total = about->page = 0;
	return 0;
}

/* NULL, or why there is no action. */
static const char *
read_action(struct line_value value, struct about *about)
{
	static const char *const names[] = {
	    [ABOUT_MEMBERS] = "members",
	    [ABOUT_ADD] = "add_members",
	    [ABOUT_REMOVE] = "remove_members",
	};
	const char *why = unknown;
	struct token_text text;
	int i;

	if (!value.start || *value.start != '"')
		return unknown;
	if (line_decode(value, &text, &why) < 0)
		return why ? unknown : no_memory;
	why = unknown;
	for (i = ABOUT_MEMBERS; i <= ABOUT_REMOVE; i++)
		if (text.size == strlen(names[i]) &&
		    memcmp(text.text, names[i], text.size) == 0) {
			about->action = (enum about_action)i;
			why = NULL;
		}
	token_text_free(&text);
	return why;
}

/* A string, or the bytes of anything else but null. NULL, or why not. */
static const char *
take_text(struct token_text *text, struct line_value value)
{
	const char *why;

	token_text_free(text);
	*text = (struct token_text){"", 0, NULL};
	if (*value.start == 'n' || line_decode(value, text, &why) == 0)
		return NULL;
	*text = (struct token_text){"", 0, NULL};
	return why ? why : no_memory;
}

/* NULL, or why not. */
static const char *
take_member(const struct json_member *member, struct about *about,
    struct line_value *action)
{
	const struct line_value value = {member->value, member->value_end};
	const struct {
		const char *name;
		struct token_text *to;
	} texts[] = {
	    {"mixpanel_project_id", &about->project},
	    {"mixpanel_cohort_id", &about->cohort},
	    {"mixpanel_cohort_name", &about->name},
	    {"mixpanel_session_id", &about->session},
	};
	int is_it;
	size_t i;

	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		is_it = line_is_name(member, texts[i].name);
		if (is_it != 0)
			return is_it < 0 ? no_memory
					 : take_text(texts[i].to, value);
	}
	is_it = line_is_name(member, "page_info");
	if (is_it != 0)
		return is_it < 0 || read_page(value, about) < 0 ? no_memory
								: NULL;
	is_it = line_is_name(member, "action");
	if (is_it > 0)
		*action = value;
	return is_it < 0 ? no_memory : NULL;
}

int
about_read(struct line_value object, struct about *about, const char **why)
{
	static const struct token_text none = {"", 0, NULL};
	struct line_value action = {NULL, NULL};
	const char *p = object.start;
	struct json_member member;

	*about = (struct about){.project = none,
	    .cohort = none,
	    .name = none,
	    .session = none,
	    .total = 1,
	    .page = 1};
	*why = NULL;
	while (!*why && (p = line_next(p, object.end, &member)))
		*why = take_member(&member, about, &action);
	if (!*why)
		*why = read_action(action, about);
	if (!*why)
		return 0;
	about_free(about);
	*why = *why == no_memory ? NULL : *why;
	return -1;
}

void
about_free(struct about *about)
{
	token_text_free(&about->project);
	token_text_free(&about->cohort);
	token_text_free(&about->name);
	token_text_free(&about->session);
}

char *
about_copy_rest(struct line_value object)
{
	static const char *const left_out[] = {
	    "action", "page_info", "inferred"};
	char *rest = malloc((size_t)(object.end - object.start) + 1), *to;
	const char *p = object.start;
	struct json_member member;
	size_t i, size;
	int is_out;

	to = rest;
	while (rest && (p = line_next(p, object.end, &member))) {
		is_out = 0;
		for (i = 0; i < 3 && is_out == 0; i++)
			is_out = line_is_name(&member, left_out[i]);
		if (is_out < 0) {
			free(rest);
			return NULL;
		}
		if (is_out)
			continue;
		size = (size_t)(member.value_end - member.name);
		*to++ = ',';
		memcpy(to, member.name, size);
		to += size;
	}
	if (rest)
		*to = '\0';
	return rest;
}
