/* last_requests.h: the last requests, and what to do about those refused. */
#ifndef LAST_REQUESTS_H
#define LAST_REQUESTS_H

#include "status/facts.h"
#include "status/html.h"

/* WITH_CAMPAIGNS: the page shows several. */
void last_requests_write(
    struct html *html, const struct facts *facts, bool with_campaigns);

#endif
