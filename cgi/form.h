/*
 * form.h: one field of an application/x-www-form-urlencoded body.
 *
 * Source: WHATWG URL, "application/x-www-form-urlencoded parsing", made strict:
 * a '%' without two hexadecimal digits behind it is an error anywhere in the
 * body, since a mended value would not be what was sent. The leftmost of
 * several faults is reported.
 */
#ifndef FORM_H
#define FORM_H

#include <stddef.h>

#include "base/attributes.h"

enum form_status {
	FORM_OK,
	FORM_BAD_ESCAPE, /* *size is its offset in the body */
	FORM_MISSING,
	FORM_REPEATED,
};

/*
 * Finds the field NAME in SIZE bytes of BODY and decodes its value in place.
 * BODY is changed in any case; *value points into it.
 */
enum form_status form_field(char *body, size_t body_size, const char *name,
    char **value, size_t *size) MUST_USE;

#endif
