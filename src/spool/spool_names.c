#include "spool/spool_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/ascii.h"

#define BATCH_SUFFIX ".jsonl"

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
spool_names_next(struct spool_names *names, char name[SPOOL_NAME_SIZE])
{
	struct timespec now;
	struct tm utc;
	char second[32];

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    !gmtime_r(&now.tv_sec, &utc))
		return -1;
	strftime(second, sizeof second, "%Y%m%dT%H%M%S", &utc);
	snprintf(name, SPOOL_NAME_SIZE,
	    "%s.%06ldZ-%08" PRIx32 "-%06" PRIuFAST64 "%s", second,
	    now.tv_nsec / 1000, names->process,
	    atomic_fetch_add(&names->count, 1) + 1, BATCH_SUFFIX);
	return 0;
}

static bool
is_hex_digit(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

bool
spool_is_batch_name(const char *name)
{
	/* 0: a digit, a: a lower-case hex digit, all else: itself. */
	const char *shape = "00000000T000000.000000Z-aaaaaaaa-000000";

	if (strnlen(name, SPOOL_NAME_SIZE) == SPOOL_NAME_SIZE)
		return false;
	for (; *shape; shape++, name++) {
		if (*shape == '0'   ? !ascii_is_digit(*name)
		    : *shape == 'a' ? !is_hex_digit(*name)
				    : *name != *shape)
			return false;
	}
	while (ascii_is_digit(*name))
		name++;
	return !strcmp(name, BATCH_SUFFIX);
}
