/*
 * parsing FILE SECONDS: the least that judging a body can cost. jansson alone
 * reads the JSON text of FILE again and again, with the flag that the receiver
 * uses. Prints how often and the user CPU time of one in microseconds.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sysexits.h>

#define TEXT_MAX (1 << 20)

static char text[TEXT_MAX];

static double
user_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec +
	       (double)usage.ru_utime.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
	double start, used = 0;
	unsigned n = 0;
	json_t *tree;
	size_t size;

	if (!file) {
		fputs("usage: parsing FILE SECONDS\n", stderr);
		return EX_USAGE;
	}
	size = fread(text, 1, sizeof text, file);
	fclose(file);
	for (start = user_seconds(); used < strtod(argv[2], NULL); n++) {
		tree = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
		if (!tree)
			return EX_DATAERR;
		json_decref(tree);
		used = user_seconds() - start;
	}
	printf("%u %.2f\n", n, used / n * 1e6);
	return EX_OK;
}
