#include "base/number.h"

#include <stddef.h>
#include <string.h>

#include "base/ascii.h"

struct unit {
	char letter;
	uint64_t factor;
};

static const struct unit none[] = {{'\0', 1}};
static const struct unit sizes[] = {{'K', UINT64_C(1) << 10},
    {'M', UINT64_C(1) << 20}, {'G', UINT64_C(1) << 30}, {'\0', 1}};
static const struct unit times[] = {
    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'\0', 1}};

/* UNITS ends with the unit that has no letter. */
static int
parse(const char *text, const struct unit *units, uint64_t min, uint64_t max,
    uint64_t *number)
{
	uint64_t value = 0;

	if (!ascii_is_digit(*text))
		return -1;
	for (; ascii_is_digit(*text); text++)
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
number_parse_digits(
    const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	return parse(text, none, min, max, number);
}

int
number_parse_time(
    const char *text, uint64_t min, uint64_t max, uint64_t *seconds)
{
	return parse(text, times, min, max, seconds);
}

/* "17" or "17.25", up to 9 and 6 digits. Returns what follows, or NULL. */
static const char *
parse_decimal(const char *text, double *value)
{
	double digit = 0.1;
	size_t digits;

	*value = 0;
	for (digits = 0; ascii_is_digit(*text); digits++)
		*value = *value * 10 + (*text++ - '0');
	if (digits < 1 || digits > 9)
		return NULL;
	if (*text != '.')
		return text;
	text++;
	for (digits = 0; ascii_is_digit(*text); digits++) {
		*value += (*text++ - '0') * digit;
		digit /= 10;
	}
	return digits < 1 || digits > 6 ? NULL : text;
}

int
number_parse_share(const char *text, double *share)
{
	double percent;

	text = parse_decimal(text, &percent);
	if (!text || strcmp(text, "%") != 0 || percent > 100)
		return -1;
	*share = percent / 100;
	return 0;
}

int
number_parse_rate(const char *text, double *rate)
{
	static const struct {
		const char *text;
		double seconds;
	} units[] = {{"", 1}, {"/s", 1}, {"/m", 60}, {"/h", 3600}};
	double value;
	size_t i;

	text = parse_decimal(text, &value);
	if (!text || value <= 0)
		return -1;
	for (i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcmp(text, units[i].text) != 0)
			continue;
		*rate = value / units[i].seconds;
		return 0;
	}
	return -1;
}
