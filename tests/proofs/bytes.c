/* What is left for less than a block. */
#include "base/wide_inside.h"

static char *
decode(char *text, const char *end, const char **bad)
{
	return wide_decode_bytes(text, text, end, bad);
}
