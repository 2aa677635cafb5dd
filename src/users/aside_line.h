/*
 * aside_line.h: judges an element again that was set aside: its line, without
 * the line's end, is {"why":…,"index":…,"element":…}.
 */
#ifndef ASIDE_LINE_H
#define ASIDE_LINE_H

#include <stddef.h>

#include "base/attributes.h"
#include "users/users.h"

enum aside_line_status {
	ASIDE_LINE_USER,
	ASIDE_LINE_NO_USER, /* still, or it is not such a line */
	ASIDE_LINE_NO_MEMORY,
};

/*
 * By the same code as an element of a list. USER: USERS has its line, which is
 * in ROOM, of SIZE bytes. The line stays as it is. `large` is as in users.h.
 */
enum aside_line_status aside_line_judge(const char *line, size_t size,
    const struct user_rule *rule, sem_t *large, char *room,
    struct users *users) MUST_USE;

#endif
