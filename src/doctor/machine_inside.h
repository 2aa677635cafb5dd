/* machine_inside.h: what the checks of machine.c share; for them alone. */
#ifndef MACHINE_INSIDE_H
#define MACHINE_INSIDE_H

#include "doctor/machine.h"
#include "doctor/process.h"

typedef void machine_check(struct machine *machine);

machine_check machine_receiver, machine_socket, machine_units, machine_drains,
    machine_rights, machine_space, machine_files, machine_kind, machine_sync,
    machine_traffic;

/* Adds a finding with one advice. */
void machine_find(struct machine *machine, enum grade grade, const char *note,
    const char *file, const char *line, const char *format, ...) PRINTF(6, 7);

/* Does TEXT, of SIZE bytes, name the spool or a campaign in it? */
bool machine_is_named(
    const struct machine *machine, const char *text, size_t size);

/* Fills USER by the name in the user database. false: there is none. */
bool machine_user_of(
    struct machine_user *user, const char *role, const char *name);

#endif
