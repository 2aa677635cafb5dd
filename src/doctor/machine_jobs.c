/* Is the receiver started at boot, and does anything take the lines? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/machine_inside.h"

static bool
is_there(const char *pattern)
{
	glob_t found = {0};
	const bool is_it = glob(pattern, 0, NULL, &found) == 0;

	globfree(&found);
	return is_it;
}

/* As `systemctl is-enabled` finds it: a link in the .wants of a target. */
void
machine_units(struct machine *machine)
{
	static const char *const places[] = {"/etc/systemd/system",
	    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	    "/lib/systemd/system"};
	char pattern[128];
	bool is_installed = false;
	size_t i;

	if (!is_there("/run/systemd/system")) {
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "systemd does not run here");
		return;
	}
	for (i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(
		    pattern, sizeof pattern, "%s/mixspool.socket", places[i]);
		is_installed |= is_there(pattern);
		snprintf(pattern, sizeof pattern, "%s/*.wants/mixspool.s*",
		    places[i]);
		if (is_there(pattern)) {
			diagnosis_add(machine->diagnosis, GRADE_OK,
			    "systemd starts it at boot");
			return;
		}
	}
	if (is_installed)
		machine_find(machine, GRADE_WARNING,
		    "it is gone after the next boot: enable it", NULL,
		    "systemctl enable --now mixspool.socket",
		    "mixspool.socket is installed, and not enabled");
	else
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "mixspool.socket is not installed");
}

struct search {
	struct machine *machine;
	char where[PATH_MAX + 16]; /* what was found */
	bool is_blind;             /* something could not be read */
};

static bool
names_drain(const struct machine *machine, const char *text, size_t size)
{
	return memmem(text, size, "mixspool", 8) &&
	       memmem(text, size, "drain", 5) &&
	       machine_is_named(machine, text, size);
}

static bool
find_process(const struct process *process, void *context)
{
	struct search *search = context;
	const char *command = process_argument(process, 1), *argument;
	size_t i;

	if (!process_is(process, "mixspool") || !command ||
	    strcmp(command, "drain") != 0)
		return false;
	for (i = 2; (argument = process_argument(process, i)); i++) {
		if (!process_means(process, argument, &search->machine->folder))
			continue;
		snprintf(search->where, sizeof search->where, "the process %ld",
		    (long)process->pid);
		return true;
	}
	return false;
}

/* The field of a line with this number, counted from 0. */
static void
take_field(const char *line, int number, char *to, size_t room)
{
	static const char blank[] = " \t";

	for (line += strspn(line, blank); number > 0; number--) {
		line += strcspn(line, blank);
		line += strspn(line, blank);
	}
	snprintf(to, room, "%.*s", (int)strcspn(line, " \t\n"), line);
}

/* The user of a crontab's line: its 6th field, or the file's name. */
static void
take_user(struct machine *machine, const char *path, const char *line)
{
	char name[64] = "";
	const char *slash = strrchr(path, '/');

	if (!strncmp(path, "/var/spool/cron", 15))
		snprintf(name, sizeof name, "%s", slash + 1);
	else if (!strncmp(path, "/etc/cron", 9))
		take_field(line, *line == '@' ? 1 : 5, name, sizeof name);
	machine->has_drain =
	    *name && machine_user_of(&machine->drain, "the drain", name);
}

static bool
find_in_file(struct search *search, const char *path)
{
	char line[8192];
	bool is_found = false;
	FILE *file = fopen(path, "re");

	if (!file) {
		search->is_blind |= errno == EACCES;
		return false;
	}
	while (!is_found && fgets(line, sizeof line, file)) {
		const char *text = line + strspn(line, " \t");

		is_found = *text != '#' &&
			   names_drain(search->machine, text, strlen(text));
		if (is_found)
			take_user(search->machine, path, text);
	}
	(void)fclose(file);
	if (is_found)
		snprintf(search->where, sizeof search->where, "%s", path);
	return is_found;
}

static bool
find_in_files(struct search *search)
{
	static const char *const patterns[] = {"/etc/crontab", "/etc/cron.d/*",
	    "/var/spool/cron/crontabs/*", "/var/spool/cron/*",
	    "/etc/cron.hourly/*", "/etc/cron.daily/*",
	    "/etc/systemd/system/*.service",
	    "/etc/systemd/system/*.service.d/*.conf",
	    "/usr/local/lib/systemd/system/*.service",
	    "/lib/systemd/system/*.service"};
	glob_t found;
	bool is_found = false;
	size_t i, j;

	for (i = 0; i < sizeof patterns / sizeof *patterns && !is_found; i++) {
		found = (glob_t){0};
		if (glob(patterns[i], 0, NULL, &found) == 0)
			for (j = 0; j < found.gl_pathc && !is_found; j++)
				is_found =
				    find_in_file(search, found.gl_pathv[j]);
		globfree(&found);
	}
	return is_found;
}

void
machine_drains(struct machine *machine)
{
	struct search search = {.machine = machine};
	char line[PATH_MAX + 128];

	if (process_walk(find_process, &search) || find_in_files(&search)) {
		diagnosis_add(
		    machine->diagnosis, GRADE_OK, "in %s", search.where);
		return;
	}
	if (search.is_blind || geteuid() != 0) {
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "none is found; only root may look into all crontabs");
		return;
	}
	snprintf(line, sizeof line,
	    "*/5 * * * *  mixspool drain -q %s -- COMMAND", machine->path);
	machine_find(machine, GRADE_WARNING,
	    "put a drain into the crontab of a user in the spool's group; one "
	    "in a script or on another host is not seen from here",
	    NULL, line, "nothing takes the lines");
}
