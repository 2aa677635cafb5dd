#include "journal/day.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"

#define LAST_DAY 2932896 /* 9999-12-31 */
#define DATE_SIZE (sizeof "2026-11-28" - 1)

struct date {
	int64_t year, month, day;
};

int64_t
day_now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
day_of(int64_t ms)
{
	return ms < 0 ? 0 : ms / DAY_MS > LAST_DAY ? LAST_DAY : ms / DAY_MS;
}

/*
 * Years begin in March here, so that a leap day is the last of its year, and
 * months 0 to 11 begin at day (153 × month + 2) / 5. Source: Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms".
 */
#define DAYS_TO_1970 719468 /* since 0000-03-01 */
#define DAYS_OF_400_YEARS 146097

static struct date
date_of(int64_t day)
{
	const int64_t all = day + DAYS_TO_1970;
	const int64_t era = all / DAYS_OF_400_YEARS;
	const int64_t of_era = all % DAYS_OF_400_YEARS;
	const int64_t year =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	const int64_t month = (5 * of_year + 2) / 153;

	return (struct date){era * 400 + year + (month > 9),
	    month < 10 ? month + 3 : month - 9,
	    of_year - (153 * month + 2) / 5 + 1};
}

static int64_t
day_of_date(struct date date)
{
	const int64_t year = date.year - (date.month <= 2);
	const int64_t month = (date.month + 9) % 12;
	const int64_t of_400 = year % 400;
	const int64_t of_year = (153 * month + 2) / 5 + date.day - 1;

	return year / 400 * DAYS_OF_400_YEARS + of_400 * 365 + of_400 / 4 -
	       of_400 / 100 + of_year - DAYS_TO_1970;
}

void
day_name(int64_t day, const char *suffix, char name[DAY_NAME_SIZE])
{
	const struct date date = date_of(day < 0          ? 0
					 : day > LAST_DAY ? LAST_DAY
							  : day);

	snprintf(name, DAY_NAME_SIZE, "%04d-%02d-%02d%s", (int)date.year,
	    (int)date.month, (int)date.day, suffix);
}

/* COUNT digits at P; -1: they are not. */
static int64_t
read_digits(const char *p, size_t count)
{
	int64_t number = 0;

	for (; count > 0; count--, p++) {
		if (!ascii_is_digit(*p))
			return -1;
		number = number * 10 + (*p - '0');
	}
	return number;
}

/* DATE_SIZE bytes. -1: they are not a date. */
static int64_t
read_date(const char *text)
{
	const struct date date = {read_digits(text, 4),
	    read_digits(text + 5, 2), read_digits(text + 8, 2)};
	struct date same;
	int64_t day;

	if (text[4] != '-' || text[7] != '-' || date.year < 1970 ||
	    date.month < 1 || date.month > 12 || date.day < 1)
		return -1;
	day = day_of_date(date);
	same = date_of(day);
	return same.month == date.month && same.day == date.day ? day : -1;
}

int64_t
day_of_name(const char *name, const char *suffix)
{
	if (strnlen(name, DATE_SIZE) < DATE_SIZE ||
	    strcmp(name + DATE_SIZE, suffix) != 0)
		return -1;
	return read_date(name);
}

static char *
put_digits(char *to, int64_t number, size_t count)
{
	size_t i;

	for (i = count; i > 0; i--, number /= 10)
		to[i - 1] = (char)('0' + number % 10);
	return to + count;
}

void
day_write_time(int64_t ms, char text[DAY_TIME_SIZE])
{
	const int64_t day = day_of(ms);
	const int64_t rest = ms < 0 ? 0 : ms % DAY_MS;
	const struct date date = date_of(day);
	const struct {
		int64_t number;
		size_t digits;
		char behind;
	} parts[] = {
	    {date.year, 4, '-'},
	    {date.month, 2, '-'},
	    {date.day, 2, 'T'},
	    {rest / 3600000, 2, ':'},
	    {rest / 60000 % 60, 2, ':'},
	    {rest / 1000 % 60, 2, '.'},
	    {rest % 1000, 3, 'Z'},
	};
	size_t i;

	for (i = 0; i < sizeof parts / sizeof *parts; i++) {
		text = put_digits(text, parts[i].number, parts[i].digits);
		*text++ = parts[i].behind;
	}
	*text = '\0';
}

int
day_read_time(const char *text, size_t size, int64_t *ms)
{
	int64_t day, hour, minute, second, rest;

	if (size != DAY_TIME_SIZE - 1 || text[10] != 'T' || text[13] != ':' ||
	    text[16] != ':' || text[19] != '.' || text[23] != 'Z')
		return -1;
	day = read_date(text);
	hour = read_digits(text + 11, 2);
	minute = read_digits(text + 14, 2);
	second = read_digits(text + 17, 2);
	rest = read_digits(text + 20, 3);
	if (day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 59 || rest < 0)
		return -1;
	*ms = ((day * 24 + hour) * 60 + minute) * 60000 + second * 1000 + rest;
	return 0;
}
