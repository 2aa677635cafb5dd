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

/* What ends a word of a shell, as the end of TEXT does. */
#define BLANK " \t\n'\";|&<>"

/* PATH, and not a part of a longer one; what is in it counts. */
static bool
names_path(const char *path, const char *text, size_t size)
{
	const size_t length = strlen(path);
	const char *at, *end = text + size;

	for (; (at = memmem(text, size, path, length)); text = at + 1) {
		if ((at == text || strchr(BLANK "=", at[-1])) &&
		    (at + length == end || strchr("/" BLANK, at[length])))
			return true;
		size = (size_t)(end - at) - 1;
	}
	return false;
}

bool
machine_is_named(const struct machine *machine, const char *text, size_t size)
{
	return names_path(machine->path, text, size) ||
	       /* A link to it; "." is in any text. */
	       (*machine->dir == '/' && names_path(machine->dir, text, size));
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
