#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/fd.h"
#include "base/say.h"
#include "tool/setup.h"
#include "tool/tool.h"

#define WEBROOT "--webroot -w /var/www/html"

static const struct setup_server servers[] = {
    {"nginx", "nginx", "usr/sbin/nginx", "etc/nginx/conf.d", "nginx.sh",
	"nginx-example.conf",
	"$(sed -n 's/^[[:space:]]*user[[:space:]]*\\([a-z][^[:space:];]*\\).*/"
	"\\1/p' /etc/nginx/nginx.conf)",
	"/mixpanel", WEBROOT, false},
    {"apache2", "Apache", "usr/sbin/apache2", "etc/apache2/sites-available",
	"apache.sh", "apache-example.conf",
	"$(sed -n 's/^export APACHE_RUN_USER=//p' /etc/apache2/envvars)",
	"/mixpanel", WEBROOT, false},
    {"lighttpd", "lighttpd", "usr/sbin/lighttpd", "etc/lighttpd/conf-available",
	"lighttpd.sh", "examples/web-servers/lighttpd.conf", "www-data",
	"/mixpanel", WEBROOT, false},
    {"caddy", "Caddy", "usr/bin/caddy", "etc/caddy", "caddy.sh",
	"examples/web-servers/Caddyfile", "caddy", "/mixpanel", NULL, false},
    {"haproxy", "HAProxy", "usr/sbin/haproxy", "etc/haproxy", "haproxy.sh",
	"examples/web-servers/haproxy.cfg", "haproxy", "/mixpanel",
	"--standalone", true},
    {"h2o", "h2o", "usr/bin/h2o", "etc/h2o", "h2o.sh",
	"examples/web-servers/h2o.conf", "www-data", "/",
	"--webroot -w /var/www", true},
};

#define COUNT (sizeof servers / sizeof *servers)

/* What runs goes first: others may be installed beside it. */
static const struct setup_init inits[] = {
    {"run/systemd/system", "user_systemd.sh", NULL, "start_systemd.sh", NULL,
	{"systemctl reload ", ""}, {"systemctl restart ", ""}},
    {"runit", "user.sh", "settings.sh", "start_runit.sh", "init/runit/run",
	{"service ", " reload"}, {"service ", " restart"}},
    {"run/openrc/softlevel", "user.sh", "settings.sh", "start_openrc.sh",
	"init/mixspool.openrc", {"rc-service ", " reload"},
	{"rc-service ", " restart"}},
    {"etc/init.d/rc", "user.sh", "settings.sh", "start_sysv.sh",
	"init/mixspool.sysv", {"service ", " reload"},
	{"service ", " restart"}},
    {"usr/lib/systemd/systemd", "user_systemd.sh", NULL, "start_systemd.sh",
	NULL, {"systemctl reload ", ""}, {"systemctl restart ", ""}},
};

static bool
is_there(int root, const char *path)
{
	struct stat status;

	return fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
is_installed(int root, const struct setup_server *server)
{
	return is_there(root, server->program) &&
	       is_there(root, server->folder);
}

/* Is it the process with this folder of /proc? */
static bool
is_process(int proc, const char *pid, const char *name)
{
	char path[64], comm[32];
	ssize_t size;
	int fd;

	if (!ascii_is_digit(*pid))
		return false;
	snprintf(path, sizeof path, "%.32s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, comm, sizeof comm);
	fd_close(fd);
	return size > 0 && (size_t)size == strlen(name) + 1 &&
	       !strncmp(comm, name, (size_t)size - 1);
}

static bool
is_first_process(int root, const char *name)
{
	const int proc =
	    openat(root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const bool is = proc >= 0 && is_process(proc, "1", name);

	if (proc >= 0)
		fd_close(proc);
	return is;
}

static bool
is_running(int root, const struct setup_server *server)
{
	const int proc =
	    openat(root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = proc < 0 ? NULL : fdopendir(proc);
	const struct dirent *entry;
	bool found = false;

	if (!stream && proc >= 0)
		fd_close(proc);
	if (!stream)
		return false;
	while (!found && (entry = readdir(stream)))
		found = is_process(proc, entry->d_name, server->name);
	closedir(stream);
	return found;
}

/* All that are installed, or no more than run, by commas. */
static size_t
find_servers(int root, bool only_running, const struct setup_server **first,
    char *names, size_t size)
{
	size_t i, count = 0, length = 0;

	for (i = 0; i < COUNT; i++) {
		if (!is_installed(root, &servers[i]) ||
		    (only_running && !is_running(root, &servers[i])))
			continue;
		if (count++ == 0)
			*first = &servers[i];
		length += (size_t)snprintf(names + length, size - length,
		    "%s%s", length ? ", " : "", servers[i].name);
	}
	return count;
}

static int
find_server(struct setup_machine *machine, int root)
{
	char installed[128] = "", running[128] = "";
	const size_t count = find_servers(
	    root, false, &machine->server, installed, sizeof installed);

	if (count == 0)
		return say_fail(EX_UNAVAILABLE,
		    "no web server is installed: for example apt-get install "
		    "nginx, and then this again");
	if (count == 1 || find_servers(root, true, &machine->server, running,
			      sizeof running) == 1)
		return EX_OK;
	return say_fail(
	    EX_USAGE, "which one? --server NAME; there are %s", installed);
}

static int
find_named(struct setup_machine *machine, int root, const char *name)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if (!strcmp(servers[i].name, name))
			break;
	if (i == COUNT)
		return say_fail(EX_USAGE,
		    "there is no web server '%s' that setup knows, see -h",
		    name);
	machine->server = &servers[i];
	if (is_installed(root, machine->server))
		return EX_OK;
	return say_fail(EX_UNAVAILABLE,
	    "%s is not installed: apt-get install %s", machine->server->shown,
	    name);
}

static int
find_init(struct setup_machine *machine, int root)
{
	size_t i;

	for (i = 0; i < sizeof inits / sizeof *inits; i++)
		if (is_there(root, inits[i].sign) ||
		    is_first_process(root, inits[i].sign)) {
			machine->init = &inits[i];
			return EX_OK;
		}
	return say_fail(EX_UNAVAILABLE,
	    "no init is here that setup knows: docs/without-systemd.md has "
	    "what to do by hand");
}

/* A program that is not installed in a bin/ shows what an installed one would.
   The path goes to a shell and into configurations. */
static int
find_prefix(struct setup_machine *machine)
{
	static const char end[] = "/bin/mixspool";
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "/._+-";
	const ssize_t size =
	    readlink("/proc/self/exe", machine->prefix, PATH_MAX - 1);
	const size_t length = size < 0 ? 0 : (size_t)size;

	machine->prefix[length] = '\0';
	if (length < sizeof end ||
	    strcmp(machine->prefix + length - strlen(end), end) != 0)
		strcpy(machine->prefix, "/usr/local");
	else
		machine->prefix[length - strlen(end)] = '\0';
	if (machine->prefix[strspn(machine->prefix, plain)])
		return say_fail(EX_UNAVAILABLE,
		    "this mixspool is in a folder whose name a script cannot "
		    "have: install it elsewhere");
	return EX_OK;
}

int
setup_look(struct setup_machine *machine, const char *root, const char *name)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), status;

	if (fd < 0)
		return say_fail(tool_status_of(errno), "cannot look at %s: %s",
		    root, strerror(errno));
	machine->is_named = name != NULL;
	status =
	    name ? find_named(machine, fd, name) : find_server(machine, fd);
	if (status == EX_OK)
		status = find_init(machine, fd);
	if (status == EX_OK)
		status = find_prefix(machine);
	fd_close(fd);
	return status;
}
