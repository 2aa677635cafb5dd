/* mixspool cat: prints lines of the spool, and takes nothing. */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "spool/batches.h"
#include "spool/lock.h"
#include "tool/at_rest.h"
#include "tool/each_campaign.h"
#include "tool/options.h"
#include "tool/pick.h"
#include "tool/tool.h"
#include "users/user.h"

static const char usage[] =
    "usage: mixspool cat [OPTION]... DIR[/CAMPAIGN] [ID]...\n"
    "\n"
    "Prints the lines that wait in new/, oldest first, or those about some "
    "ids, "
    "and\n"
    "takes nothing. The ID - stands for ids from standard input.\n"
    "\n"
    "      --new, --failed, --aside, --done\n"
    "                   the lines of these folders in place of new/\n"
    "      --all        those of all four\n"
    "      --names      CAMPAIGN/FOLDER/BATCH and a tab in front of each line\n"
    "      --from FILE  also the ids in FILE, one a line\n"
    "  -h, --help       this text\n";

struct cat_options {
	bool states[AT_REST_STATES], all, names;
	const char *from;
};

#define AT(member) offsetof(struct cat_options, member)
#define STATE(state) AT(states) + (state) * sizeof(bool)

static const struct options_entry entries[] = {
    {"new", 0, OPTIONS_FLAG, STATE(AT_REST_NEW), 0, 0, NULL},
    {"failed", 0, OPTIONS_FLAG, STATE(AT_REST_FAILED), 0, 0, NULL},
    {"aside", 0, OPTIONS_FLAG, STATE(AT_REST_ASIDE), 0, 0, NULL},
    {"done", 0, OPTIONS_FLAG, STATE(AT_REST_DONE), 0, 0, NULL},
    {"all", 0, OPTIONS_FLAG, AT(all), 0, 0, NULL},
    {"names", 0, OPTIONS_FLAG, AT(names), 0, 0, NULL},
    {"from", 0, OPTIONS_TEXT, AT(from), 0, 0, NULL},
};

struct cat {
	const struct cat_options *options;
	struct pick pick;
	/* of the folder that is being read: */
	const char *campaign, *state;
	bool failed; /* some could not be read, which was reported */
};

static void
print_line(
    const struct cat *cat, const char *batch, const char *line, size_t size)
{
	if (cat->options->names)
		printf("%s/%s/%s\t", cat->campaign, cat->state, batch);
	fwrite(line, 1, size, stdout);
	putchar('\n');
}

/* 0, or -1 and errno. */
static int
print_lines(struct cat *cat, const char *batch, int file)
{
	struct pick *pick = &cat->pick;
	enum person person;
	const char *line;
	size_t size;
	int result;

	batch_lines_begin(&pick->lines, file);
	while ((result = pick_next(pick, &line, &size, &person)) > 0 &&
	       !ferror(stdout))
		if (person == PERSON_WANTED)
			print_line(cat, batch, line, size);
	return result < 0 ? -1 : 0;
}

/* A drain, or a person, may take batches meanwhile. */
static int
cat_batch(int folder, const char *batch, void *context)
{
	struct cat *cat = context;
	int file = batch_open(folder, batch), result = -1;

	if (file >= 0)
		result = print_lines(cat, batch, file);
	if (result < 0 && errno != ENOENT && !at_rest_is_stranger(errno)) {
		say("cannot read %s/%s/%s: %s", cat->campaign, cat->state,
		    batch, lock_strerror(errno));
		cat->failed = true;
	}
	(void)fd_close(file);
	return ferror(stdout) ? -1 : 0;
}

static int
cat_campaign(const struct target *target, void *context)
{
	struct cat *cat = context;
	const struct cat_options *options = cat->options;
	int state;

	cat->campaign = target->name;
	cat->failed = false;
	/* Old ones first: done/ has what was handed over. */
	for (state = 0; state < AT_REST_STATES && !ferror(stdout); state++) {
		if (!options->all && !options->states[state])
			continue;
		cat->state = at_rest_names[state];
		cat->pick.is_aside = state == AT_REST_ASIDE;
		if (at_rest_each(target->folder, (enum at_rest_state)state,
			cat_batch, cat) < 0 &&
		    !ferror(stdout)) {
			say("cannot read %s/%s: %s", target->name, cat->state,
			    strerror(errno));
			cat->failed = true;
		}
	}
	return cat->failed ? EX_TEMPFAIL : EX_OK;
}

static int
cat_path(const struct cat_options *options, const char *path, struct ids *ids)
{
	struct cat cat = {.options = options, .pick.ids = ids};
	int status;

	/* A reader may stop at any time, also under systemd, which ignores
	   the signal. */
	(void)signal(SIGPIPE, SIG_DFL);
	user_init();
	status = each_campaign(path, cat_campaign, &cat);
	pick_free(&cat.pick);
	return status;
}

int
cat(int argc, char **argv)
{
	struct cat_options options = {.from = NULL};
	struct ids ids = {0};
	int status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, &options);

	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (optind == argc)
		return say_fail(EX_USAGE, "no folder given, see -h");
	if (!options.states[AT_REST_FAILED] && !options.states[AT_REST_ASIDE] &&
	    !options.states[AT_REST_DONE])
		options.states[AT_REST_NEW] = true;
	status =
	    ids_take(&ids, argv + optind + 1, argc - optind - 1, options.from);
	if (status == EX_OK)
		status = cat_path(&options, argv[optind], &ids);
	ids_free(&ids);
	return status;
}
