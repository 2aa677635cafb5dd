/*
 * user_id.h: the id of a user.
 */
#ifndef USER_ID_H
#define USER_ID_H

#include <stddef.h>

#include "base/attributes.h"
#include "users/scan.h"
#include "users/token.h"

/*
 * Finds the id of a user that is USER_OK (user.h). 0, or -1 when there is no
 * memory. Release it with token_text_free.
 */
int user_id_read(const struct scan_user *user, const struct user_rule *rule,
    struct token_text *id) MUST_USE;

#endif
