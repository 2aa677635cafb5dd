#include "tool/meter.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

void
meter_start(struct meter *meter)
{
	*meter = (struct meter){
	    .shown = isatty(STDERR_FILENO), .started = clock_ms()};
}

bool
meter_is_due(const struct meter *meter)
{
	return meter->shown && clock_ms() - meter->drawn >= METER_MS;
}

void
meter_draw(struct meter *meter, const char *format, ...)
{
	va_list arguments;

	fputc('\r', stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("\033[K", stderr);
	meter->drawn = clock_ms();
}

void
meter_clear(const struct meter *meter)
{
	if (meter->shown)
		fputs("\r\033[K", stderr);
}

uint64_t
meter_elapsed_ms(const struct meter *meter)
{
	int64_t ms = clock_ms() - meter->started;

	return ms < 1 ? 1 : (uint64_t)ms;
}
