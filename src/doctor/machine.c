#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/machine_inside.h"

static const struct {
	const char *name;
	machine_check *run;
} checks[] = {
    {"receiver", machine_receiver},
    {"socket", machine_socket},
    {"units", machine_units},
    {"drain", machine_drains},
    {"rights", machine_rights},
    {"space", machine_space},
    {"files", machine_files},
    {"file system", machine_kind},
    {"sync", machine_sync},
    {"traffic", machine_traffic},
};

void
machine_find(struct machine *machine, enum grade grade, const char *note,
    const char *file, const char *line, const char *format, ...)
{
	char text[DIAGNOSIS_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	diagnosis_add(machine->diagnosis, grade, "%s", text);
	diagnosis_advise(machine->diagnosis, note, file, line);
}

/* The spool's path, then the end, a slash, or what ends a word of a shell. */
static bool
begins_with_spool(const char *spool, const char *text, size_t size)
{
	const size_t length = strlen(spool);

	return size >= length && !memcmp(text, spool, length) &&
	       (size == length || strchr("/ \t'\";|&<>", text[length]));
}

bool
machine_is_named(const struct machine *machine, const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (begins_with_spool(machine->path, text + i, size - i) ||
		    begins_with_spool(machine->dir, text + i, size - i))
			return true;
	return false;
}

bool
machine_user_of(struct machine_user *user, const char *role, const char *name)
{
	const struct passwd *entry = getpwnam(name);
	int count = MACHINE_GROUPS;

	if (!entry)
		return false;
	user->uid = entry->pw_uid;
	if (getgrouplist(name, entry->pw_gid, user->groups, &count) < 0)
		count = MACHINE_GROUPS;
	user->count = (size_t)count;
	snprintf(user->name, sizeof user->name, "%s (%.32s)", role, name);
	return true;
}

static bool
open_spool(struct machine *machine)
{
	struct target_fault fault;
	char line[PATH_MAX + 64];

	machine->diagnosis->check = "spool";
	snprintf(
	    line, sizeof line, "mixspool init -g mixspool %s", machine->dir);
	if (targets_open(machine->dir, &machine->spool, &fault) < 0) {
		machine_find(machine, GRADE_WRONG, "make it, or name another",
		    NULL, line, "%s", fault.text);
		return false;
	}
	if (!machine->spool.is_spool) {
		machine_find(machine, GRADE_WRONG,
		    "name the folder that has the campaigns", NULL, NULL,
		    "%s is a campaign, and not a spool", machine->dir);
		targets_free(&machine->spool);
		return false;
	}
	if (fstat(machine->spool.folder, &machine->folder) < 0 ||
	    !realpath(machine->dir, machine->path)) {
		machine_find(machine, GRADE_WRONG, "look at the path", NULL,
		    NULL, "%s: %s", machine->dir, strerror(errno));
		targets_free(&machine->spool);
		return false;
	}
	diagnosis_add(machine->diagnosis, GRADE_OK, "%s, with %zu campaign%s",
	    machine->path, machine->spool.count,
	    machine->spool.count == 1 ? "" : "s");
	return true;
}

void
machine_run(struct machine *machine)
{
	size_t i;

	if (!open_spool(machine))
		return;
	for (i = 0; i < sizeof checks / sizeof *checks; i++) {
		machine->diagnosis->check = checks[i].name;
		checks[i].run(machine);
	}
	targets_free(&machine->spool);
}
