/*
 * object.h: the members of a JSON object, one by one, each mended in place.
 *
 * A step that does not return USERS_OK has set the error of `list`.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <stdbool.h>

#include "base/attributes.h"
#include "users/list.h"
#include "users/token.h"

struct object {
	struct list list; /* of no list: for positions, limits and errors */
	char *end;        /* of the text */
	void *context;    /* the caller's */
};

struct object_member {
	struct scan_user name, value; /* tokens */
	struct token_text text;       /* of the name */
};

/* Reads the value at *P, behind its name, and moves *P behind the value. */
typedef enum users_status object_taker(
    struct object *object, char **p, struct object_member *member);

/* *P is at the '{', and gets behind the '}'. */
enum users_status object_read(
    struct object *object, char **p, object_taker *take) MUST_USE;

/* Reads any value, mended, at P. */
enum users_status object_value(
    struct object *object, char *p, struct scan_user *value) MUST_USE;

/* A taker that reads any value. */
enum users_status object_take(
    struct object *object, char **p, struct object_member *member) MUST_USE;

bool object_is_called(const struct object_member *member, const char *name);

/* What follows white space, up to the end of the text. */
char *object_skip_space(const struct object *object, char *p);

/* Always USERS_INVALID. */
enum users_status object_invalid(const struct object *object, const char *what);

#endif
