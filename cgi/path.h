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

#endif
