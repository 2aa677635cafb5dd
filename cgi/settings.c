#include "cgi/settings.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/printable.h"
#include "journal/journal.h"

static const struct number_setting {
	const char *variable;
	size_t option; /* offset in settings_options, or NO_OPTION */
	size_t member; /* offset in settings */
	uint64_t initial, min, max;
} numbers[] = {
#define NO_OPTION SIZE_MAX
    {"MIXSPOOL_THREADS", offsetof(struct settings_options, threads),
	offsetof(struct settings, threads), 16, 1, 1024},
    {"MIXSPOOL_MAX_BODY", NO_OPTION, offsetof(struct settings, max_body),
	32 << 20, 1, 1 << 30},
    {"MIXSPOOL_MAX_USERS", NO_OPTION, offsetof(struct settings, max_users),
	10000, 1, 1000000},
    {"MIXSPOOL_MEMORY", NO_OPTION, offsetof(struct settings, memory), 64 << 20,
	1, UINT64_C(1) << 40},
    {"MIXSPOOL_MIN_FREE", NO_OPTION, offsetof(struct settings, min_free),
	64 << 20, 0, UINT64_C(1) << 60},
    {"MIXSPOOL_JOURNAL_DAYS", NO_OPTION,
	offsetof(struct settings, journal_days), JOURNAL_DAYS, 0, 36500},
};

/* Settings; and what drain gives to its commands, which may start this. */
static const char *const known[] = {"MIXSPOOL_DIR", "MIXSPOOL_SECRET_FILE",
    "MIXSPOOL_MAX_BODY", "MIXSPOOL_MAX_USERS", "MIXSPOOL_MIN_FREE",
    "MIXSPOOL_MEMORY", "MIXSPOOL_THREADS", "MIXSPOOL_LOG", "MIXSPOOL_SANDBOX",
    "MIXSPOOL_JOURNAL_DAYS", "MIXSPOOL_CAMPAIGN", "MIXSPOOL_USERS",
    "MIXSPOOL_FIRST", "MIXSPOOL_LAST", "MIXSPOOL_PART", "MIXSPOOL_SKIP",
    "MIXSPOOL_CUT"};

#define KNOWN (sizeof known / sizeof known[0])
#define NAME_MAX_SHOWN 40

static bool
is_same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to add or leave out, up to NAME_MAX_SHOWN of NAME; case does not
   count. */
static size_t
distance(const char *name, size_t size, const char *other)
{
	size_t row[NAME_MAX_SHOWN + 1], i, diagonal, above;

	for (i = 0; i <= size; i++)
		row[i] = i;
	for (; *other; other++) {
		diagonal = row[0]++;
		for (i = 1; i <= size; i++) {
			above = row[i];
			row[i] = is_same_letter(name[i - 1], *other)
				     ? diagonal
				     : least(above, row[i - 1]) + 1;
			diagonal = above;
		}
	}
	return row[size];
}

static const char *
nearest(const char *name, size_t size)
{
	size_t i, best = 0;

	for (i = 1; i < KNOWN; i++)
		if (distance(name, size, known[i]) <
		    distance(name, size, known[best]))
			best = i;
	return known[best];
}

static bool
is_known(const char *name, size_t size)
{
	size_t i;

	for (i = 0; i < KNOWN; i++)
		if (strlen(known[i]) == size && !memcmp(known[i], name, size))
			return true;
	return false;
}

int
settings_check_names(char *const *variables, char error[SETTINGS_ERROR_SIZE])
{
	static const char prefix[] = "MIXSPOOL_";
	char shown[NAME_MAX_SHOWN + 1];
	size_t size;

	for (; *variables; variables++) {
		if (strncmp(*variables, prefix, sizeof prefix - 1) != 0)
			continue;
		size = strcspn(*variables, "=");
		if (is_known(*variables, size))
			continue;
		size = printable_copy(shown, sizeof shown, *variables, size);
		snprintf(error, SETTINGS_ERROR_SIZE,
		    "%s is not a setting: did you mean %s?", shown,
		    nearest(shown, size));
		return -1;
	}
	return 0;
}

static const char *
request_variable(const struct gateway_request *request, const char *name)
{
	return request ? gateway_param(request, name) : NULL;
}

/* NULL if it is not set, or empty. */
static const char *
variable(const struct gateway_request *request, const char *name)
{
	const char *value = request_variable(request, name);

	if (!value || !*value)
		value = getenv(name);
	return value && *value ? value : NULL;
}

static const char *
option_of(const struct settings_options *options, size_t offset)
{
	const char *value;

	if (offset == NO_OPTION)
		return NULL;
	memcpy(&value, (const char *)options + offset, sizeof value);
	return value;
}

static int
read_sandbox(bool *sandbox, const struct gateway_request *request,
    char error[SETTINGS_ERROR_SIZE])
{
	const char *text = variable(request, "MIXSPOOL_SANDBOX");

	*sandbox = !text || strcmp(text, "off") != 0;
	if (!text || !*sandbox || strcmp(text, "on") == 0)
		return 0;
	snprintf(error, SETTINGS_ERROR_SIZE,
	    "MIXSPOOL_SANDBOX is '%.40s': it takes on or off", text);
	return -1;
}

static int
read_log(struct settings *settings, const struct settings_options *options,
    const struct gateway_request *request, char error[SETTINGS_ERROR_SIZE])
{
	const char *text = variable(request, "MIXSPOOL_LOG");

	settings->log_refusals = text || options->log_refusals;
	if (!text || strcmp(text, "stderr") == 0)
		return 0;
	snprintf(error, SETTINGS_ERROR_SIZE,
	    "MIXSPOOL_LOG is '%.40s': it takes stderr, or is not set", text);
	return -1;
}

/* An empty one is refused: it may be a slip, and must not open the spool. */
static int
read_secret_file(const char **file, const struct gateway_request *request,
    char error[SETTINGS_ERROR_SIZE])
{
	static const char name[] = "MIXSPOOL_SECRET_FILE";

	*file = request_variable(request, name);
	if (!*file)
		*file = getenv(name);
	if (!*file || **file)
		return 0;
	snprintf(error, SETTINGS_ERROR_SIZE,
	    "MIXSPOOL_SECRET_FILE is empty: it names a file, or is not set");
	return -1;
}

int
settings_read(struct settings *settings, const struct settings_options *options,
    const struct gateway_request *request, char error[SETTINGS_ERROR_SIZE])
{
	const struct number_setting *setting;
	const char *text, *name;
	size_t i;

	settings->dir =
	    options->dir ? options->dir : variable(request, "MIXSPOOL_DIR");
	if (read_secret_file(&settings->secret_file, request, error) < 0)
		return -1;
	if (read_sandbox(&settings->sandbox, request, error) < 0 ||
	    read_log(settings, options, request, error) < 0)
		return -1;
	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		uint64_t value;

		setting = &numbers[i];
		value = setting->initial;
		name = "-j"; /* the only option with a number */
		text = option_of(options, setting->option);
		if (!text) {
			name = setting->variable;
			text = variable(request, setting->variable);
		}
		if (text && number_parse(
				text, setting->min, setting->max, &value) < 0) {
			snprintf(error, SETTINGS_ERROR_SIZE,
			    "%s is '%.40s': it takes a whole number from "
			    "%" PRIu64 " to %" PRIu64 ", or one with K, M or G",
			    name, text, setting->min, setting->max);
			return -1;
		}
		memcpy(
		    (char *)settings + setting->member, &value, sizeof value);
	}
	return 0;
}
