/* mixspool setup: prints the commands from an installed mixspool to a URL. */

#include <ctype.h>
#include <getopt.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/say.h"
#include "tool/options.h"
#include "tool/setup.h"
#include "tool/tool.h"

static const char usage[] =
    "usage: mixspool setup [--server NAME] [--root DIR] [HOST]\n"
    "\n"
    "Prints a shell script with the commands from here to a URL for Mixpanel, "
    "for the\n"
    "web server of this machine and its host name HOST: the socket, a secret, "
    "TLS, the\n"
    "configuration, and doctor. Read it, and then: mixspool setup HOST | sudo "
    "sh\n"
    "It asks nothing and changes nothing. Without HOST it takes the machine's "
    "name.\n"
    "\n"
    "  --server NAME  nginx, apache2, lighttpd, caddy, haproxy or h2o, where "
    "several are\n"
    "                 installed and not just one runs\n"
    "  --root DIR     look for them below DIR in place of /\n"
    "  -h, --help     this text\n";

#define HOST_MAX 253
#define LABEL_MAX 63

struct setup_options {
	const char *server, *root;
};

#define AT(member) offsetof(struct setup_options, member)

static const struct options_entry entries[] = {
    {"server", 0, OPTIONS_TEXT, AT(server), 0, 0, NULL},
    {"root", 0, OPTIONS_TEXT, AT(root), 0, 0, NULL},
};

static bool
is_letter_or_digit(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* RFC 1123, section 2.1. The last label is not a number: that is an address. */
static bool
is_host(const char *host)
{
	const char *label = host;
	size_t size, i;

	if (strlen(host) > HOST_MAX)
		return false;
	for (;; label += size + 1) {
		size = strcspn(label, ".");
		if (size == 0 || size > LABEL_MAX || label[0] == '-' ||
		    label[size - 1] == '-')
			return false;
		for (i = 0; i < size; i++)
			if (!is_letter_or_digit(label[i]) && label[i] != '-')
				return false;
		if (label[size] == '\0')
			return strspn(label, "0123456789") < size;
	}
}

/* The way from the name to the script is through a shell. */
static int
take_host(const char *argument, char host[HOST_MAX + 1])
{
	size_t i;

	if (!is_host(argument))
		return say_fail(EX_USAGE,
		    "HOST is not a host name, such as hooks.example.com");
	for (i = 0; argument[i]; i++)
		host[i] = (char)tolower((unsigned char)argument[i]);
	host[i] = '\0';
	return EX_OK;
}

/* The machine's name, if it has its domain. */
static bool
take_own_name(char host[HOST_MAX + 1])
{
	char name[HOST_MAX + 2] = "";

	return gethostname(name, sizeof name - 1) == 0 && strchr(name, '.') &&
	       is_host(name) && take_host(name, host) == EX_OK;
}

/* Who is likely to take the lines: who called, also by sudo. Not root, who may
   anyway. The name goes to a shell. */
static const char *
find_user(void)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	const struct passwd *caller = getuid() == 0 ? NULL : getpwuid(getuid());
	const char *name = caller ? caller->pw_name : getenv("SUDO_USER");

	if (!name || !*name || *name == '-' || !strcmp(name, "root") ||
	    name[strspn(name, plain)])
		return NULL;
	return name;
}

int
setup(int argc, char **argv)
{
	struct setup_options options = {.root = "/"};
	struct setup_machine machine = {.user = find_user()};
	char host[HOST_MAX + 1];
	bool has_host = true;
	int status = options_parse_anywhere(argc, argv, usage, entries,
	    sizeof entries / sizeof *entries, &options);

	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (argc - optind > 1)
		return say_fail(EX_USAGE, "one host name, see -h");
	if (optind < argc)
		status = take_host(argv[optind], host);
	else
		has_host = take_own_name(host);
	if (status == EX_OK)
		status = setup_look(&machine, options.root, options.server);
	if (status == EX_OK)
		setup_print(&machine, has_host ? host : NULL);
	return status;
}
