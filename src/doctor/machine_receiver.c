/* Who receives into this spool: the process, its user and its socket. */
#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/machine_inside.h"

#define USUAL_SOCKET "/run/mixspool/mixspool.sock"

/* Only root and the process's user may look there. */
static bool
has_open(const struct machine *machine, pid_t pid)
{
	char path[64];
	struct dirent *entry;
	struct stat status;
	bool is_open = false;
	DIR *all;

	snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
	all = opendir(path);
	while (all && !is_open && (entry = readdir(all)))
		is_open = fstatat(dirfd(all), entry->d_name, &status, 0) == 0 &&
			  status.st_dev == machine->folder.st_dev &&
			  status.st_ino == machine->folder.st_ino;
	if (all)
		closedir(all);
	return is_open;
}

/* The value behind an option, or NULL. */
static const char *
option_of(const struct process *process, const char *option)
{
	const char *argument;
	size_t i;

	for (i = 1; (argument = process_argument(process, i)); i++)
		if (!strcmp(argument, option))
			return process_argument(process, i + 1);
	return NULL;
}

static void
take_user(struct machine_user *user, pid_t pid)
{
	char status[4096], *at, *end;
	struct passwd *entry;

	user->count = 0;
	if (process_read(pid, "status", status, sizeof status) < 0)
		return;
	/* "Uid:" and "Gid:" have the real one and then the effective one. */
	at = strstr(status, "\nUid:");
	if (at) {
		strtoul(at + 5, &end, 10);
		user->uid = (uid_t)strtoul(end, NULL, 10);
	}
	at = strstr(status, "\nGid:");
	if (at) {
		strtoul(at + 5, &end, 10);
		user->groups[user->count++] = (gid_t)strtoul(end, NULL, 10);
	}
	at = strstr(status, "\nGroups:");
	at = at ? at + 8 : NULL;
	while (at && user->count < MACHINE_GROUPS && *at != '\n') {
		user->groups[user->count] = (gid_t)strtoul(at, &end, 10);
		if (end == at)
			break;
		user->count++;
		at = end + strspn(end, " ");
	}
	entry = getpwuid(user->uid);
	snprintf(user->name, sizeof user->name, "the receiver (%.32s)",
	    entry ? entry->pw_name : "a user without a name");
}

static void
take_socket(
    struct machine *machine, const struct process *process, const char *socket)
{
	char path[PATH_MAX];

	if (process_path(process, socket, path, sizeof path) == 0 &&
	    strlen(path) < sizeof machine->socket_path)
		memcpy(machine->socket_path, path, strlen(path) + 1);
}

static bool
take_receiver(const struct process *process, void *context)
{
	struct machine *machine = context;
	const char *dir, *socket;
	char maps[65536];

	if (!process_is(process, "mixspool.fcgi"))
		return false;
	dir = option_of(process, "-d");
	if (!(dir && process_means(process, dir, &machine->folder)) &&
	    !has_open(machine, process->pid))
		return false;
	machine->has_receiver = true;
	take_user(&machine->receiver, process->pid);
	socket = option_of(process, "-s");
	/* HOST:PORT has no slash. */
	if (socket && strchr(socket, '/'))
		take_socket(machine, process, socket);
	machine->is_preloaded =
	    process_read(process->pid, "maps", maps, sizeof maps) > 0 &&
	    strstr(maps, "libeatmydata");
	return true;
}

/* Without a process, that of the folder's owner: CGI, or not yet started. */
static void
suppose_receiver(struct machine *machine)
{
	const struct passwd *owner = getpwuid(machine->folder.st_uid);

	machine->receiver.uid = machine->folder.st_uid;
	machine->receiver.count = 1;
	machine->receiver.groups[0] = machine->folder.st_gid;
	if (owner)
		machine_user_of(
		    &machine->receiver, "the spool's owner", owner->pw_name);
	else
		snprintf(machine->receiver.name, sizeof machine->receiver.name,
		    "the spool's owner");
}

void
machine_receiver(struct machine *machine)
{
	struct stat status;

	if (process_walk(take_receiver, machine))
		diagnosis_add(machine->diagnosis, GRADE_OK, "%s runs%s",
		    machine->receiver.name,
		    machine->receiver.uid == 0 ? ", as root" : "");
	else
		suppose_receiver(machine);
	if (machine->socket)
		snprintf(machine->socket_path, sizeof machine->socket_path,
		    "%s", machine->socket);
	else if (*machine->socket_path == '\0' &&
		 stat(USUAL_SOCKET, &status) == 0 && S_ISSOCK(status.st_mode))
		snprintf(machine->socket_path, sizeof machine->socket_path,
		    USUAL_SOCKET);
	if (machine->has_receiver)
		return;
	if (*machine->socket_path)
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "none runs now; the first request to the socket starts it");
	else
		machine_find(machine, GRADE_WARNING,
		    "start it: systemctl enable --now mixspool.socket; with "
		    "CGI and mod_fcgid the web server starts it, and nothing "
		    "is wrong",
		    NULL, NULL, "no process works in this spool%s",
		    geteuid() == 0 ? "" : ", as far as others than root see");
}
