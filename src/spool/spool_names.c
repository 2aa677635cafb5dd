#include "spool/spool_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/ascii.h"

#define BATCH_SUFFIX ".jsonl"
#define DIGITS "0123456789"
#define COUNTER_AT                                                             \
	33             /* in 20261124T065034.123456Z-9f3a1c22-000042-50.jsonl  \
			*/
#define LINES_DIGITS 9 /* so many at most that a sum of them is one, too */

int
spool_names_init(struct spool_names *names)
{
	atomic_init(&names->count, 0);
	/* At this size neither short nor interrupted: getrandom(2). */
	if (getrandom(&names->process, sizeof names->process, 0) < 0)
		return -1;
	return 0;
}

int
spool_names_next(
    struct spool_names *names, size_t lines, char name[SPOOL_NAME_SIZE])
{
	struct timespec now;
	struct tm utc;
	char second[32];

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    !gmtime_r(&now.tv_sec, &utc))
		return -1;
	strftime(second, sizeof second, "%Y%m%dT%H%M%S", &utc);
	snprintf(name, SPOOL_NAME_SIZE,
	    "%s.%06ldZ-%08" PRIx32 "-%06" PRIuFAST64 "-%zu%s", second,
	    now.tv_nsec / 1000, names->process,
	    atomic_fetch_add(&names->count, 1) + 1, lines, BATCH_SUFFIX);
	return 0;
}

static bool
is_hex_digit(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* The number of lines in a batch's name, or its suffix; NULL: it is no batch's
   name. */
static const char *
find_lines(const char *name)
{
	/* 0: a digit, a: a lower-case hex digit, all else: itself. */
	const char *shape = "00000000T000000.000000Z-aaaaaaaa-000000";
	const char *lines;

	if (strnlen(name, SPOOL_NAME_SIZE) == SPOOL_NAME_SIZE)
		return NULL;
	for (; *shape; shape++, name++) {
		if (*shape == '0'   ? !ascii_is_digit(*name)
		    : *shape == 'a' ? !is_hex_digit(*name)
				    : *name != *shape)
			return NULL;
	}
	name = lines = name + strspn(name, DIGITS);
	if (*name == '-') {
		lines = name + 1;
		name = lines + strspn(lines, DIGITS);
		if (name == lines)
			return NULL;
	}
	return strcmp(name, BATCH_SUFFIX) == 0 ? lines : NULL;
}

bool
spool_is_batch_name(const char *name)
{
	return find_lines(name) != NULL;
}

size_t
spool_name_lines(const char *name)
{
	const char *lines = find_lines(name);

	if (!lines || strspn(lines, DIGITS) > LINES_DIGITS)
		return 0;
	return strtoul(lines, NULL, 10);
}

void
spool_name_set_lines(
    const char *batch, size_t lines, char name[SPOOL_NAME_SIZE])
{
	const int kept = COUNTER_AT + (int)strspn(batch + COUNTER_AT, DIGITS);

	if (lines > 0)
		snprintf(name, SPOOL_NAME_SIZE, "%.*s-%zu" BATCH_SUFFIX, kept,
		    batch, lines);
	else
		snprintf(
		    name, SPOOL_NAME_SIZE, "%.*s" BATCH_SUFFIX, kept, batch);
}
