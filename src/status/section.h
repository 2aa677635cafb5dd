/* section.h: a campaign on the page: its headline, numbers, chart, cohorts. */
#ifndef SECTION_H
#define SECTION_H

#include "status/facts.h"
#include "status/html.h"

/* INDEX is the campaign's of FACTS. IS_ALONE: the page has no other one, and
   its headline is the headline already. */
void section_write(
    struct html *html, const struct facts *facts, size_t index, bool is_alone);

#endif
