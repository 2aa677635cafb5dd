/*
 * user_id.h: the id of a user.
 */
#ifndef USER_ID_H
#define USER_ID_H

#include <stddef.h>

#include "base/attributes.h"
#include "users/scan.h"

/* What the id says: 1 and "1" are the same. */
struct user_id {
	const char *text; /* not ended by NUL; in the user, or in `owner` */
	size_t size;
	struct json_t *owner;
};

/*
 * The id of a user that is USER_OK; user_id_free when done with it. 0, or -1
 * without memory.
 */
int user_id_read(const struct scan_user *user, const struct user_rule *rule,
    struct user_id *id) MUST_USE;
void user_id_free(struct user_id *id);

#endif
