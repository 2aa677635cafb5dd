/*
 * setup.h: the script that `mixspool setup` prints. Its pieces are the files of
 * src/tool/setup/ and the example configurations, which the build makes a part
 * of the program.
 */
#ifndef SETUP_H
#define SETUP_H

#include <limits.h>
#include <stdbool.h>

#include "base/attributes.h"

/* A web server as Debian's package has it. */
struct setup_server {
	const char *name;             /* of the service and the process, too */
	const char *shown;            /* for people */
	const char *program, *folder; /* both there: it is installed */
	const char *piece, *example;  /* of setup_text */
	const char *user;             /* who opens the socket: a shell's word */
	const char *path;             /* of the URL */
	const char *certbot; /* its options; NULL: it has its own way */
	bool needs_pristine; /* the piece pristine.sh */
};

/* What starts services. */
struct setup_init {
	const char *sign;                    /* a path, or process 1's name */
	const char *user, *settings, *start; /* pieces; settings may be NULL */
	const char *script;                  /* for @FILE@, or NULL */
	const char *reload[2], *restart[2];  /* around the server's name */
};

/* What is on the machine. */
struct setup_machine {
	const struct setup_server *server;
	const struct setup_init *init;
	bool is_named;         /* the server, by the caller */
	char prefix[PATH_MAX]; /* where mixspool is installed */
	const char *user;      /* who takes the lines, or NULL */
};

/*
 * Looks below the folder ROOT for the server called NAME, or when that is NULL
 * for the only one that is installed, or else for the only one that runs. The
 * rest of MACHINE is as it is found there. An exit code, after a message.
 */
int setup_look(
    struct setup_machine *machine, const char *root, const char *name) MUST_USE;

/* Prints the script. HOST of NULL: an example, which refuses to run. */
void setup_print(const struct setup_machine *machine, const char *host);

/* The lines of a piece or an example, NULL behind the last one. */
const char *const *setup_text(const char *name) MUST_USE;

#endif
