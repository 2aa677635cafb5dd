/*
 * user_id.h: the id of a user.
 */
#ifndef USER_ID_H
#define USER_ID_H

#include <stddef.h>

#include "base/attributes.h"
#include "users/scan.h"

/* The bytes of the string or number: 1 and "1" are the same id. */
struct user_id {
	const char *text; /* without a NUL at its end; in the user or `owner` */
	size_t size;
	struct json_t *owner;
};

/*
 * Finds the id of a user that is USER_OK (user.h). 0, or -1 when there is no
 * memory. Release it with user_id_free.
 */
int user_id_read(const struct scan_user *user, const struct user_rule *rule,
    struct user_id *id) MUST_USE;
void user_id_free(struct user_id *id);

#endif
