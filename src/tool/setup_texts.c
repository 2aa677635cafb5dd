#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tool/setup.h"

struct text {
	const char *name;
	const char *const *lines;
};

#include "tool/setup_texts.h"

const char *const *
setup_text(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(texts[i].name, name))
			return texts[i].lines;
	abort(); /* no such file: the tests print every piece */
}
