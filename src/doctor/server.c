#include "doctor/server.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name, *file;
} servers[SERVER_COUNT] = {
    [SERVER_OTHER] = {"the web server", NULL},
    [SERVER_NGINX] = {"nginx", "/etc/nginx/conf.d/mixspool.conf"},
    [SERVER_APACHE] = {"Apache", "/etc/apache2/sites-available/mixspool.conf"},
    [SERVER_LIGHTTPD] = {"lighttpd",
	"/etc/lighttpd/conf-available/90-mixspool.conf"},
    [SERVER_CADDY] = {"Caddy", "/etc/caddy/Caddyfile"},
    [SERVER_H2O] = {"h2o", "/etc/h2o/h2o.conf"},
    [SERVER_HAPROXY] = {"HAProxy", "/etc/haproxy/haproxy.cfg"},
};

/* What the header begins with. */
static const struct {
	const char *begin;
	enum server server;
} headers[] = {
    {"nginx", SERVER_NGINX},
    /* forks of it */
    {"openresty", SERVER_NGINX},
    {"Angie", SERVER_NGINX},
    {"Tengine", SERVER_NGINX},
    {"Apache", SERVER_APACHE},
    {"lighttpd", SERVER_LIGHTTPD},
    {"Caddy", SERVER_CADDY},
    {"h2o", SERVER_H2O},
    {"HAProxy", SERVER_HAPROXY},
};

enum server
server_of(const char *header)
{
	size_t i, length;

	if (*header == '\0')
		return SERVER_HAPROXY;
	for (i = 0; i < sizeof headers / sizeof *headers; i++) {
		length = strlen(headers[i].begin);
		if (!strncasecmp(header, headers[i].begin, length) &&
		    strchr("/ ", header[length]))
			return headers[i].server;
	}
	return SERVER_OTHER;
}

const char *
server_name(enum server server)
{
	return servers[server].name;
}

const char *
server_file(enum server server)
{
	return servers[server].file;
}
