/*
 * meter.h: one line that is drawn again and again; only where standard error is
 * a terminal, so not in cron.
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

/* Is it shown, and is it time to draw it again? */
bool meter_is_due(const struct meter *meter);

/* Only when it is due. */
void meter_draw(struct meter *meter, const char *format, ...) PRINTF(2, 3);

/* Wipes the line, for a message in its place. */
void meter_clear(const struct meter *meter);

/* ms since the start, at least 1. */
uint64_t meter_elapsed_ms(const struct meter *meter);

#endif
