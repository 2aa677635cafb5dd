/* Any text as a number that people write: an accepted one is what the C library
   reads, times the unit. */
#include "base/number.h"

#include <errno.h>
#include <math.h>

#include "fuzz.h"

/* Reads digits and one letter or none; the Nth letter has the Nth factor. */
static int
expected(const char *text, const char *letters, const uint64_t *factors,
    uint64_t *number)
{
	const char *letter;
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	*number = strtoull(text, &end, 10);
	if (errno)
		return -1;
	if (!*end)
		return 0;
	letter = strchr(letters, *end);
	if (!letter || end[1] ||
	    *number > UINT64_MAX / factors[letter - letters])
		return -1;
	*number *= factors[letter - letters];
	return 0;
}

static void
check_integers(const char *text)
{
	static const uint64_t sizes[] = {1 << 10, 1 << 20, 1 << 30};
	static const uint64_t times[] = {1, 60, 3600, 86400};
	uint64_t number = 0, wanted = 0;
	int status = expected(text, "KMG", sizes, &wanted);

	HOLDS(number_parse(text, 0, UINT64_MAX, &number) == status);
	HOLDS(status < 0 || number == wanted);
	HOLDS(status < 0 || wanted < 1 ||
	      number_parse(text, 0, wanted - 1, &number) < 0);
	HOLDS(status < 0 || number_parse(text, wanted, wanted, &number) == 0);
	status = expected(text, "smhd", times, &wanted);
	HOLDS(number_parse_time(text, 0, UINT64_MAX, &number) == status);
	HOLDS(status < 0 || number == wanted);
}

static void
check_fractions(const char *text)
{
	double value = 0, wanted;
	char *end;

	if (number_parse_share(text, &value) == 0) {
		wanted = strtod(text, &end) / 100;
		HOLDS(!strcmp(end, "%") && value >= 0 && value <= 1);
		HOLDS(fabs(value - wanted) < 1e-9);
	}
	if (number_parse_rate(text, &value) == 0) {
		wanted = strtod(text, &end);
		HOLDS(!*end || (*end == '/' && end[1] && !end[2]));
		wanted /= !strcmp(end, "/m")   ? 60
			  : !strcmp(end, "/h") ? 3600
					       : 1;
		HOLDS(
		    value > 0 && fabs(value - wanted) <= 1e-9 * wanted + 1e-12);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_integers(text);
	check_fractions(text);
	free(text);
	return 0;
}
