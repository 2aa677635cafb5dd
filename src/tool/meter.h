/*
 * meter.h: one line on a terminal that is written over as things go on; nothing
 * where standard error is no terminal, as in cron.
 */
#ifndef METER_H
#define METER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

#define METER_MS 200 /* between two drawings */

struct meter {
	bool shown;
	int64_t started, drawn; /* by clock_ms */
};

void meter_start(struct meter *meter);

/* Whether it is shown, and time to draw it again. */
bool meter_is_due(const struct meter *meter);

/* When it is due. */
void meter_draw(struct meter *meter, const char *format, ...) PRINTF(2, 3);

/* Makes room for another line. */
void meter_clear(const struct meter *meter);

/* ms since the start, at least 1. */
uint64_t meter_elapsed_ms(const struct meter *meter);

#endif
