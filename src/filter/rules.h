/*
 * rules.h: the system calls that the receiver may make. Source: seccomp(2), and
 * libseccomp's seccomp_rule_add(3).
 */
#ifndef RULES_H
#define RULES_H

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/* Stands for the receiver's process, which cgi/sandbox_seccomp.c puts in its
   place. No process has this number: the kernel's limit is 2^22. */
#define RULES_PID 0x7fedcba9U

/*
 * Adds the rules to a filter for ARCHITECTURE. The numbers are those of the
 * machine that this runs on; libseccomp translates them by their names. 0, or a
 * negative errno.
 */
int rules_fill(scmp_filter_ctx filter, uint32_t architecture, bool with_locks);

#endif
