/*
 * chart.h: users and refused requests of each hour, as a picture (inline SVG)
 * and in numbers (a table that can be opened).
 */
#ifndef CHART_H
#define CHART_H

#include "journal/summary.h"
#include "status/html.h"

/* ID tells the charts of one page apart. SUMMARY may be NULL: no hour has
   anything. */
void chart_write(struct html *html, const struct summary_campaign *summary,
    int64_t now_ms, size_t id);

/* What charts of a page share: once, before the first one. */
void chart_write_shared(struct html *html);

#endif
