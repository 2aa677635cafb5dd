/* path.h: the campaign that a URL's path names, which is PATH_INFO. */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>

#include "base/attributes.h"
#include "spool/campaign.h"

/*
 * NULL, "" and "/" name the default campaign. One slash before the name and one
 * behind it do not count. False: PATH names no campaign.
 */
bool path_read_campaign(
    const char *path, char name[CAMPAIGN_NAME_MAX + 1]) MUST_USE;

#define PATH_SHOWN_SIZE 128

/*
 * Writes PATH, which may be NULL, for people: in quotes, other bytes than
 * printable ASCII as \xHH, and a long one cut, with "..." behind the quotes.
 */
void path_show(const char *path, char shown[PATH_SHOWN_SIZE]);

#endif
