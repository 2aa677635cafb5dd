#include "cgi/web_server.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"

#define PASSES(name)                                                           \
	name " hands the header on: put mixpanel:SECRET@ into the URL"
#define WITHHOLDS(name)                                                        \
	name " withholds the header: use ?token=SECRET in the URL"

static const struct web_server servers[] = {
    {"Apache", true, false, "Apache hands the header on with CGIPassAuth On"},
    {"CivetWeb", true, false, PASSES("CivetWeb")},
    {"nginx", false, true, PASSES("nginx")},
    /* forks of it */
    {"openresty", false, true, PASSES("openresty")},
    {"Angie", false, true, PASSES("Angie")},
    {"Tengine", false, true, PASSES("Tengine")},
    {"lighttpd", false, false, PASSES("lighttpd")},
    {"Caddy", false, false, PASSES("Caddy")},
    {"h2o", false, true,
	"h2o hands the header on with fastcgi.connect or fastcgi.spawn, and "
	"not with fastcgi-cgi"},
    {"HAProxy", false, false,
	"HAProxy hands the header on with set-param HTTP_AUTHORIZATION "
	"%[req.hdr(authorization)]"},
    {"mini_httpd", false, false, WITHHOLDS("mini_httpd")},
    {"busybox httpd", false, false, WITHHOLDS("busybox")},
    {"SimpleHTTP", false, false, WITHHOLDS("Python's http.server")},
    {"merecat", false, false, PASSES("merecat")},
    {NULL, false, false, "some web servers withhold the header"},
};

/* "Apache/2.4.62 (Debian)", "HAProxy 2.6.12", and not "Apache Tomcat/10.1". */
static bool
is_name_of(const char *name, const char *software)
{
	const size_t length = strlen(name);
	const char *version = software + length;

	if (strncasecmp(software, name, length) != 0)
		return false;
	return *version == '\0' || *version == '/' ||
	       (*version == ' ' && ascii_is_digit(version[1]));
}

const struct web_server *
web_server_find(const char *software)
{
	const struct web_server *server = servers;

	while (
	    server->name && (!software || !is_name_of(server->name, software)))
		server++;
	return server;
}
