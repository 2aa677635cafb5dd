#include "number.h"

#include <stddef.h>

struct unit {
	char letter;
	uint64_t factor;
};

static const struct unit sizes[] = {{'K', UINT64_C(1) << 10},
    {'M', UINT64_C(1) << 20}, {'G', UINT64_C(1) << 30}, {'\0', 1}};
static const struct unit times[] = {
    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'\0', 1}};

/* UNITS ends with the one of no letter. */
static int
parse(const char *text, const struct unit *units, uint64_t min, uint64_t max,
    uint64_t *number)
{
	uint64_t value = 0;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value))
			return -1;
	while (units->letter && units->letter != *text)
		units++;
	if (__builtin_mul_overflow(value, units->factor, &value) ||
	    (units->letter && text[1]) || (!units->letter && *text) ||
	    value < min || value > max)
		return -1;
	*number = value;
	return 0;
}

int
number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	return parse(text, sizes, min, max, number);
}

int
number_parse_time(
    const char *text, uint64_t min, uint64_t max, uint64_t *seconds)
{
	return parse(text, times, min, max, seconds);
}
