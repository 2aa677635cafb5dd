#include "cgi/web_server.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

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

const struct web_server *
web_server_find(const char *software)
{
	const size_t length = software ? strcspn(software, "/") : 0;
	const struct web_server *server = servers;

	while (server->name &&
	       (strlen(server->name) != length ||
		   strncasecmp(server->name, software, length) != 0))
		server++;
	return server;
}
