#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/say.h"
#include "once/listing.h"
#include "once/once.h"
#include "tool/options.h"
#include "tool/tool.h"

struct members_options {
	int form; /* enum listing_form */
};

static const char usage[] =
    "usage: mixspool members STATE [OPTION]... [CAMPAIGN [COHORT]]\n"
    "\n"
    "Who is in now, as mixspool once keeps it in STATE, a file or the URL of "
    "a\n"
    "PostgreSQL database: the ids of COHORT, a cohort's id or PROJECT/ID; of "
    "the\n"
    "users of the campaign's form, which is -, or no COHORT where a campaign "
    "has\n"
    "no cohorts. Without one of them: a line for each cohort, with its size "
    "and\n"
    "last whole sync, in UTC.\n"
    "\n"
    "      --json     a JSON object a line, also with the time of entry, and\n"
    "                 with the profile if once --profiles keeps it\n"
    "      --csv      the same as CSV with a header, without the profile\n"
    "      --count    how many they are\n"
    "  -h, --help     this text\n"
    "\n"
    "See mixspool-once(1).\n";

#define CHOICE(value)                                                          \
	OPTIONS_CHOICE, offsetof(struct members_options, form), value, 0, NULL

static const struct options_entry entries[] = {
    {"json", 0, CHOICE(LISTING_JSON)},
    {"csv", 0, CHOICE(LISTING_CSV)},
    {"count", 0, CHOICE(LISTING_COUNT)},
};

int
members(int argc, char **argv, const struct state_driver *driver)
{
	struct members_options options = {.form = LISTING_PLAIN};
	struct state state;
	char *where;
	int status;

	status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, &options);
	if (status != EX_OK)
		return tool_end_output(status < 0 ? EX_OK : status);
	if (optind == argc)
		return say_fail(EX_USAGE, "no STATE given, see -h");
	if (argc - optind > 3)
		return say_fail(
		    EX_USAGE, "there is more behind the COHORT, see -h");
	where = state_hide(driver, argv[optind]);
	if (!where)
		return say_fail(EX_TEMPFAIL, "no memory");
	if (state_open_to_read(&state, driver, where) == 0)
		status = listing_print(&state, (enum listing_form)options.form,
		    argc - optind > 1 ? argv[optind + 1] : NULL,
		    argc - optind > 2 ? argv[optind + 2] : NULL);
	if (state.status != EX_OK)
		status =
		    say_fail(state.status, "%s: %s", argv[optind], state.why);
	state_close(&state);
	free(where);
	return tool_end_output(status);
}
