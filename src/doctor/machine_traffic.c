/* What came, what waits, and what was taken: as stat says it, with the limits
   of docs/monitoring.md. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "doctor/machine_inside.h"
#include "tool/overview.h"
#include "tool/report.h"

#define WAITS 3600   /* seconds of the oldest batch */
#define SILENT 86400 /* seconds */
#define REFUSED 10   /* requests of a day */

static void
check_taking(struct machine *machine, const struct overview *overview,
    const struct overview_campaign *campaign)
{
	const struct counts *counts = &campaign->counts;
	char age[REPORT_AGE_SIZE];

	if (overview_has_failed(campaign))
		machine_find(machine, GRADE_WARNING,
		    "run it by hand, and look at what it prints", NULL, NULL,
		    "%s: the last run of drain's command failed with exit "
		    "status %d",
		    counts->name, campaign->journal->last_exit);
	if (report_age(counts->oldest, overview->now) > WAITS && counts->oldest)
		machine_find(machine, GRADE_WARNING,
		    "see that a drain runs, and that its command succeeds",
		    NULL, NULL, "%s: the oldest batch has waited for %s",
		    counts->name,
		    report_show_age(counts->oldest, overview->now, age));
	if (report_is_future(counts, overview->now))
		machine_find(machine, GRADE_WARNING,
		    "set the clock of each machine that stores here", NULL,
		    "timedatectl set-ntp true",
		    "%s: a batch is dated after now: a clock was wrong",
		    counts->name);
	if (counts->failed > 0)
		machine_find(machine, GRADE_WARNING,
		    "look at them (mixspool cat --failed), and then try again: "
		    "mixspool retry",
		    NULL, NULL,
		    "%s: the command has refused %" PRIu64 " batch%s",
		    counts->name, counts->failed,
		    counts->failed == 1 ? "" : "es");
	if (counts->aside > 0)
		machine_find(machine, GRADE_WARNING,
		    "look at them (mixspool cat --aside): each line says why",
		    NULL, NULL,
		    "%s: %" PRIu64 " element%s of POSTs are in aside/",
		    counts->name, counts->aside, counts->aside == 1 ? "" : "s");
}

static void
check_silence(struct machine *machine, const struct overview *overview)
{
	const struct overview_campaign *silent;
	char age[REPORT_AGE_SIZE];
	time_t since = 0;

	silent = overview_most_silent(overview, &since);
	if (silent && report_age(since, overview->now) > SILENT)
		machine_find(machine, GRADE_WARNING,
		    "if something should have come: look whether Mixpanel has "
		    "paused the sync, and check its URL by mixspool doctor URL",
		    NULL, NULL, "nothing has %scome to %s for %s",
		    overview_last_arrival(silent) ? "" : "ever ",
		    silent->counts.name,
		    report_show_age(since, overview->now, age));
}

static void
check_refusals(struct machine *machine, const struct overview *overview)
{
	uint64_t refused = overview->nobody->today.refused;
	char line[PATH_MAX + 64];
	size_t i;

	for (i = 0; i < overview->count; i++)
		refused += overview->campaigns[i].journal->today.refused;
	snprintf(line, sizeof line, "mixspool log --refused --since 1d %s",
	    machine->dir);
	if (refused > REFUSED)
		machine_find(machine, GRADE_WARNING,
		    "look at the reasons; Mixpanel pauses a sync after some",
		    NULL, line, "%" PRIu64 " requests were refused today",
		    refused);
}

/* False: what came is not known. */
static bool
check_journal(struct machine *machine, const struct overview *overview)
{
	char text[CONDITION_SIZE];

	if (overview_is_known(overview))
		return true;
	condition_say(&overview->journal, text);
	if (overview->journal.kind == CONDITION_OFF)
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "%s: what came is not known", text);
	else
		machine_find(machine, GRADE_WARNING,
		    "until then what came is not known; users are stored all "
		    "the same",
		    NULL, NULL, "%s", text);
	return false;
}

static void
check_arrivals(struct machine *machine, const struct overview *overview)
{
	if (!check_journal(machine, overview))
		return;
	check_silence(machine, overview);
	check_refusals(machine, overview);
	if (machine->diagnosis->worst == GRADE_OK)
		diagnosis_add(machine->diagnosis, GRADE_OK,
		    "what comes is stored, and what is stored is taken");
}

void
machine_traffic(struct machine *machine)
{
	const enum grade worst = machine->diagnosis->worst;
	struct overview overview;
	size_t i;

	machine->diagnosis->worst = GRADE_OK;
	if (overview_read(&machine->spool, NULL, &overview) != EX_OK ||
	    overview.is_incomplete) {
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "not all can be read: run it as root");
	} else {
		for (i = 0; i < overview.count; i++)
			check_taking(
			    machine, &overview, &overview.campaigns[i]);
		check_arrivals(machine, &overview);
	}
	if (machine->diagnosis->worst < worst)
		machine->diagnosis->worst = worst;
	overview_free(&overview);
}
