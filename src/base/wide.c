#include "base/wide.h"

#include "base/wide_inside.h"

/* clang-format off */
const unsigned char wide_digits[256] = {
	['0'] = 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	['A'] = 26, 27, 28, 29, 30, 31,
	['a'] = 26, 27, 28, 29, 30, 31,
};
/* clang-format on */

char *
wide_decode_bytes(char *to, const char *from, const char *end, const char **bad)
{
	while (from < end) {
		unsigned high = 0, low = 0;

		if (*from != '%') {
			*to++ = (char)(*from == '+' ? ' ' : *from);
			from++;
			continue;
		}
		if (end - from > 2) {
			high = wide_digits[(unsigned char)from[1]];
			low = wide_digits[(unsigned char)from[2]];
		}
		if (!high || !low) {
			*bad = from;
			return NULL;
		}
		*to++ = (char)((high - 16) << 4 | (low - 16));
		from += 3;
	}
	return to;
}

#if defined(__x86_64__)
/* AMD's family 17h, up to Zen 2, has BMI2, and takes some hundred cycles to
   pack 8 bytes by it. */
static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2") && !__builtin_cpu_is("amdfam17h");
}
#endif

size_t
wide_versions(const struct wide *versions[WIDE_VERSIONS])
{
	size_t count = 0;

#if defined(__x86_64__)
	if (has_avx2())
		versions[count++] = &wide_avx2;
#endif
#if defined(__x86_64__) || defined(__i386__)
	if (__builtin_cpu_supports("sse2"))
		versions[count++] = &wide_sse2;
#elif defined(__aarch64__)
	versions[count++] = &wide_neon;
#endif
	versions[count++] = &wide_portable;
	return count;
}

const struct wide *
wide_best(void)
{
	const struct wide *versions[WIDE_VERSIONS];

	(void)wide_versions(versions);
	return versions[0];
}
