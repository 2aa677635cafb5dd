#include "users/list.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "users/json.h"
#include "users/user.h"

static enum users_status __attribute__((format(printf, 2, 3)))
list_invalid(const struct list *list, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(
	    list->error->text, sizeof list->error->text, format, arguments);
	va_end(arguments);
	return USERS_INVALID;
}

static enum users_status
refuse_element(const struct list *list, const struct scan_user *element,
    const struct user_fault *fault)
{
	const char *name = list->rule->list;

	if (fault->position == USER_NO_POSITION)
		return list_invalid(
		    list, "%s[%zu]: %s", name, list->count, fault->what);
	return list_invalid(list, "%s[%zu]: %s, near byte %zu of %s", name,
	    list->count, fault->what,
	    (size_t)(element->start - list->start) + fault->position, name);
}

static enum users_status
set_aside(const struct list *list, const struct scan_user *element,
    const struct user_fault *fault)
{
	if (list->aside->count == 0)
		(void)refuse_element(list, element, fault);
	return aside_add(list->aside, fault->what, list->count, element->start,
		   (size_t)(element->end - element->start)) < 0
		   ? USERS_NO_MEMORY
		   : USERS_OK;
}

enum user_status
list_check(const struct list *list, struct scan_user *element,
    struct user_fault *fault)
{
	enum user_status status;

	if (element->is_plain || element->end - element->start <= USERS_LARGE)
		return user_check(element, list->rule, fault);
	while (sem_wait(list->limits->large) < 0 && errno == EINTR)
		;
	status = user_check(element, list->rule, fault);
	sem_post(list->limits->large);
	return status;
}

static char *
skip_space(char *p, const char *end)
{
	return p + (json_skip_space(p, end) - p);
}

enum users_status
list_unexpected(const struct list *list, const char *p, const char *end,
    const char *expected)
{
	const char *name = list->rule->list;

	if (p == end)
		return list_invalid(list,
		    "%s is not JSON: it ends after %td bytes, expected %s",
		    name, p - list->start, expected);
	return list_invalid(list,
	    "%s is not JSON: expected %s at byte %td of %s", name, expected,
	    p - list->start + 1, name);
}

/* Moves *P behind the element there. */
static enum users_status
read_element(struct list *list, char **p, char *end)
{
	struct scan_user element = {.start = *p};
	enum users_status status = USERS_NO_MEMORY;
	struct user_fault fault;

	if (list->count == list->limits->max_users) {
		(void)list_invalid(list, "more than %zu %s in one request",
		    list->limits->max_users, list->rule->list);
		return USERS_TOO_MANY;
	}
	if (*p == end || **p == ',' || **p == ']' || !**p)
		return list_unexpected(list, *p, end, "a user");
	scan_element(&element, list->marks, list->rule);
	*p = element.end;
	switch (
	    element.is_plain ? USER_OK : list_check(list, &element, &fault)) {
	case USER_OK:
		if (list->add(list->context, &element) == 0)
			status = USERS_OK;
		break;
	case USER_NONE:
		status = set_aside(list, &element, &fault);
		break;
	case USER_INVALID:
		return refuse_element(list, &element, &fault);
	case USER_NO_MEMORY:
		break;
	}
	list->count++;
	return status;
}

enum users_status
list_read(struct list *list, char *p, char *end, char **after)
{
	enum users_status status;
	char mark = ',';

	p = skip_space(p + 1, end);
	if (p < end && *p == ']') {
		*after = p + 1;
		return USERS_OK;
	}
	while (mark == ',') {
		status = read_element(list, &p, end);
		if (status != USERS_OK)
			return status;
		p = skip_space(p, end);
		if (p == end || (*p != ',' && *p != ']'))
			return list_unexpected(list, p, end, "',' or ']'");
		mark = *p++;
		if (mark == ',')
			p = skip_space(p, end);
	}
	*after = p;
	return USERS_OK;
}
