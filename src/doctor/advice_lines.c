/* The lines, as the examples have them: a part of advice.c. */
#include "doctor/advice_inside.h"

#include <stddef.h>

#define LOCATION_NGINX "location ~ ^/mixpanel(?<campaign_path>/.*)?$ {"
#define PATH_NGINX "fastcgi_param PATH_INFO $campaign_path;"
#define PROXY_APACHE                                                           \
	"ProxyPass \"/mixpanel\" "                                             \
	"\"unix:/run/mixspool/mixspool.sock|fcgi://mixspool\" retry=0 "        \
	"timeout=60"
#define MOUNT_LIGHTTPD "fastcgi.server = ( \"/mixpanel\" => ((\n"
#define MATCH_LIGHTTPD "$HTTP[\"url\"] =~ \"^/mixpanel(/|$)\" {"
#define SOCKET "/run/mixspool/mixspool.sock"

#define PATH_APACHE "SetEnvIf Request_URI \"^\" proxy-fcgi-pathinfo=unescape"
#define LIVE "/etc/letsencrypt/live/HOST/"
#define DISABLE "    \"check-local\" => \"disable\""

static const struct {
	enum server server;
	enum fault fault;
	const char *line;
} rows[] = {
    {SERVER_NGINX, FAULT_CERTIFICATE,
	"ssl_certificate     " LIVE "fullchain.pem;"},
    {SERVER_NGINX, FAULT_TLS,
	"listen 443 ssl;\nssl_protocols       TLSv1.2 TLSv1.3;"},
    {SERVER_NGINX, FAULT_IPV6, "listen [::]:443 ssl;"},
    {SERVER_NGINX, FAULT_REDIRECT,
	LOCATION_NGINX " # without return or rewrite"},
    {SERVER_NGINX, FAULT_OWN_PASSWORD, "auth_basic off;"},
    {SERVER_NGINX, FAULT_FORBIDDEN, "#deny all;"},
    {SERVER_NGINX, FAULT_NO_ROUTE, LOCATION_NGINX},
    {SERVER_NGINX, FAULT_NO_PROGRAM, "fastcgi_pass unix:" SOCKET ";"},
    {SERVER_NGINX, FAULT_RATE, "limit_req_status 503;"},
    {SERVER_NGINX, FAULT_NO_RECEIVER, "fastcgi_pass unix:" SOCKET ";"},
    {SERVER_NGINX, FAULT_NOT_MIXSPOOL,
	LOCATION_NGINX "\n    fastcgi_pass unix:" SOCKET ";"},
    {SERVER_NGINX, FAULT_CAMPAIGN_ROUTE, LOCATION_NGINX},
    {SERVER_NGINX, FAULT_NO_PATH, PATH_NGINX},
    {SERVER_NGINX, FAULT_WHOLE_PATH, LOCATION_NGINX "\n    " PATH_NGINX},
    {SERVER_NGINX, FAULT_WITHHELD,
	"include /etc/nginx/fastcgi_params; # and no "
	"fastcgi_pass_request_headers off, no fastcgi_param "
	"HTTP_AUTHORIZATION"},
    {SERVER_NGINX, FAULT_LIMIT, "client_max_body_size 33m;"},
    {SERVER_NGINX, FAULT_LIMIT_ANSWER,
	"error_page 413 502 504 = @mixspool_busy;"},
    {SERVER_NGINX, FAULT_NO_LENGTH, "fastcgi_request_buffering on;"},
    {SERVER_NGINX, FAULT_EARLY, "fastcgi_request_buffering on;"},
    {SERVER_NGINX, FAULT_SLOW, "client_body_timeout 30s;"},

    {SERVER_APACHE, FAULT_CERTIFICATE,
	"SSLCertificateFile    " LIVE "fullchain.pem"},
    {SERVER_APACHE, FAULT_TLS, "SSLEngine on"},
    {SERVER_APACHE, FAULT_IPV6,
	"<VirtualHost *:443>\nListen 443 # in ports.conf, with no address"},
    {SERVER_APACHE, FAULT_REDIRECT,
	PROXY_APACHE " # without Redirect or RewriteRule"},
    {SERVER_APACHE, FAULT_OWN_PASSWORD,
	"Require all granted # in <Location \"/mixpanel\">, in place of "
	"AuthType"},
    {SERVER_APACHE, FAULT_FORBIDDEN, "Require all granted"},
    {SERVER_APACHE, FAULT_NO_ROUTE, PROXY_APACHE},
    {SERVER_APACHE, FAULT_NO_PROGRAM, PROXY_APACHE},
    {SERVER_APACHE, FAULT_BROKEN,
	"Options +ExecCGI # and mode 755 of the program"},
    {SERVER_APACHE, FAULT_NO_RECEIVER, PROXY_APACHE},
    {SERVER_APACHE, FAULT_NOT_MIXSPOOL, PROXY_APACHE},
    {SERVER_APACHE, FAULT_CAMPAIGN_ROUTE,
	PROXY_APACHE " # no $ or ProxyPassMatch"},
    {SERVER_APACHE, FAULT_NO_PATH, PATH_APACHE},
    {SERVER_APACHE, FAULT_WHOLE_PATH, PROXY_APACHE "\n" PATH_APACHE},
    {SERVER_APACHE, FAULT_WITHHELD,
	"CGIPassAuth On # in <Location \"/mixpanel\">"},
    {SERVER_APACHE, FAULT_LIMIT,
	"FcgidMaxRequestLen 34603008 # with mod_fcgid, and no "
	"LimitRequestBody\nLimitRequestBody 34603008 # with CGI"},
    {SERVER_APACHE, FAULT_LIMIT_ANSWER, "ErrorDocument 413 /mixspool-busy"},
    {SERVER_APACHE, FAULT_NO_LENGTH,
	"SetEnvIf Request_URI \"^\" proxy-sendcl=1"},
    {SERVER_APACHE, FAULT_EARLY, "Protocols http/1.1 # in place of h2"},
    {SERVER_APACHE, FAULT_SLOW,
	"RequestReadTimeout header=10 body=10-20,MinRate=50000"},

    {SERVER_LIGHTTPD, FAULT_CERTIFICATE,
	"ssl.pemfile = \"" LIVE "fullchain.pem\""},
    {SERVER_LIGHTTPD, FAULT_TLS, "ssl.engine = \"enable\""},
    {SERVER_LIGHTTPD, FAULT_IPV6, "$SERVER[\"socket\"] == \"[::]:443\" { }"},
    {SERVER_LIGHTTPD, FAULT_REDIRECT, MATCH_LIGHTTPD " # without url.redirect"},
    {SERVER_LIGHTTPD, FAULT_OWN_PASSWORD, "auth.require = ()"},
    {SERVER_LIGHTTPD, FAULT_FORBIDDEN, "url.access-deny = ()"},
    {SERVER_LIGHTTPD, FAULT_NO_ROUTE,
	MATCH_LIGHTTPD "\n" MOUNT_LIGHTTPD DISABLE},
    {SERVER_LIGHTTPD, FAULT_NO_PROGRAM, MOUNT_LIGHTTPD DISABLE},
    {SERVER_LIGHTTPD, FAULT_NO_RECEIVER, "\"socket\" => \"" SOCKET "\","},
    {SERVER_LIGHTTPD, FAULT_NOT_MIXSPOOL, MOUNT_LIGHTTPD DISABLE},
    {SERVER_LIGHTTPD, FAULT_CAMPAIGN_ROUTE,
	MATCH_LIGHTTPD "\n" MOUNT_LIGHTTPD DISABLE},
    {SERVER_LIGHTTPD, FAULT_NO_PATH, MOUNT_LIGHTTPD DISABLE},
    {SERVER_LIGHTTPD, FAULT_WHOLE_PATH, MOUNT_LIGHTTPD DISABLE},
    {SERVER_LIGHTTPD, FAULT_WITHHELD, MOUNT_LIGHTTPD},
    {SERVER_LIGHTTPD, FAULT_LIMIT, "server.max-request-size = 33792 # KiB"},
    {SERVER_LIGHTTPD, FAULT_NO_LENGTH, "server.stream-request-body = 0"},
    {SERVER_LIGHTTPD, FAULT_EARLY, "server.stream-request-body = 0"},
    {SERVER_LIGHTTPD, FAULT_SLOW, "server.max-read-idle = 60"},

    {SERVER_CADDY, FAULT_CERTIFICATE,
	"tls " LIVE "fullchain.pem " LIVE "privkey.pem"},
    {SERVER_CADDY, FAULT_IPV6, "bind 0.0.0.0 ::"},
    {SERVER_CADDY, FAULT_REDIRECT, "handle @mixspool { # without redir"},
    {SERVER_CADDY, FAULT_OWN_PASSWORD,
	"handle @mixspool { # without basicauth"},
    {SERVER_CADDY, FAULT_FORBIDDEN, "handle @mixspool { # without respond 403"},
    {SERVER_CADDY, FAULT_NO_ROUTE, "@mixspool path /mixpanel /mixpanel/*"},
    {SERVER_CADDY, FAULT_NO_PROGRAM, "reverse_proxy unix/" SOCKET " {"},
    {SERVER_CADDY, FAULT_NO_RECEIVER, "reverse_proxy unix/" SOCKET " {"},
    {SERVER_CADDY, FAULT_NOT_MIXSPOOL,
	"@mixspool path /mixpanel /mixpanel/*\nrespond 404 # behind the "
	"handle"},
    {SERVER_CADDY, FAULT_CAMPAIGN_ROUTE,
	"@mixspool path /mixpanel /mixpanel/*"},
    {SERVER_CADDY, FAULT_NO_PATH, "split /mixpanel"},
    {SERVER_CADDY, FAULT_WHOLE_PATH, "split /mixpanel"},
    {SERVER_CADDY, FAULT_WITHHELD,
	"transport fastcgi { # without header_up -Authorization"},
    {SERVER_CADDY, FAULT_LIMIT, "request_body {\n    max_size 33MiB\n}"},
    {SERVER_CADDY, FAULT_NO_LENGTH, "reverse_proxy unix/" SOCKET " {"},
    {SERVER_CADDY, FAULT_SLOW,
	"servers {\n    timeouts {\n        read_body 30s\n    }\n}"},

    {SERVER_H2O, FAULT_CERTIFICATE, "certificate-file: " LIVE "fullchain.pem"},
    {SERVER_H2O, FAULT_TLS, "ssl:"},
    {SERVER_H2O, FAULT_IPV6, "host: \"::\""},
    {SERVER_H2O, FAULT_REDIRECT, "fastcgi.connect: # in place of redirect:"},
    {SERVER_H2O, FAULT_NO_ROUTE, "paths:\n  /:\n    fastcgi.connect:"},
    {SERVER_H2O, FAULT_NO_PROGRAM,
	"fastcgi.connect:\n  port: " SOCKET "\n  type: unix"},
    {SERVER_H2O, FAULT_NO_RECEIVER, "port: " SOCKET "\ntype: unix"},
    {SERVER_H2O, FAULT_NOT_MIXSPOOL, "fastcgi.connect:"},
    {SERVER_H2O, FAULT_CAMPAIGN_ROUTE, "paths:\n  /:"},
    {SERVER_H2O, FAULT_NO_PATH, "paths:\n  /:"},
    {SERVER_H2O, FAULT_WHOLE_PATH,
	"hosts: # a host name of its own, since h2o passes the whole path\n  "
	"\"mixpanel.example.com:443\":\n    paths:\n      /:"},
    {SERVER_H2O, FAULT_WITHHELD,
	"fastcgi.connect: # in place of fastcgi-cgi, and without header.unset: "
	"Authorization"},
    {SERVER_H2O, FAULT_LIMIT, "limit-request-body: 34603008"},
    {SERVER_H2O, FAULT_SLOW, "http1-request-timeout: 30"},

    {SERVER_HAPROXY, FAULT_CERTIFICATE,
	"bind :443 ssl crt /etc/haproxy/HOST.pem alpn h2,http/1.1"},
    {SERVER_HAPROXY, FAULT_TLS, "bind :443 ssl crt /etc/haproxy/HOST.pem"},
    {SERVER_HAPROXY, FAULT_IPV6,
	"bind :::443 v4v6 ssl crt /etc/haproxy/HOST.pem alpn h2,http/1.1"},
    {SERVER_HAPROXY, FAULT_REDIRECT,
	"default_backend mixspool # without http-request redirect"},
    {SERVER_HAPROXY, FAULT_OWN_PASSWORD,
	"default_backend mixspool # without http-request auth"},
    {SERVER_HAPROXY, FAULT_FORBIDDEN,
	"http-request deny deny_status 404 unless { path_reg ^/mixpanel(/.*)?$ "
	"}"},
    {SERVER_HAPROXY, FAULT_NO_ROUTE,
	"http-request deny deny_status 404 unless { path_reg ^/mixpanel(/.*)?$ "
	"}\npath-info ^(/mixpanel)(/.*)?$"},
    {SERVER_HAPROXY, FAULT_NO_PROGRAM, "use-fcgi-app mixspool"},
    {SERVER_HAPROXY, FAULT_RATE, "http-request deny deny_status 503"},
    {SERVER_HAPROXY, FAULT_NO_RECEIVER,
	"server mixspool " SOCKET " proto fcgi"},
    {SERVER_HAPROXY, FAULT_NOT_MIXSPOOL, "default_backend mixspool"},
    {SERVER_HAPROXY, FAULT_CAMPAIGN_ROUTE,
	"http-request deny deny_status 404 unless { path_reg ^/mixpanel(/.*)?$ "
	"}"},
    {SERVER_HAPROXY, FAULT_NO_PATH, "path-info ^(/mixpanel)(/.*)?$"},
    {SERVER_HAPROXY, FAULT_WHOLE_PATH, "path-info ^(/mixpanel)(/.*)?$"},
    {SERVER_HAPROXY, FAULT_WITHHELD,
	"set-param HTTP_AUTHORIZATION %[req.hdr(authorization)]"},
    {SERVER_HAPROXY, FAULT_LIMIT,
	"default_backend mixspool # without an http-request deny by "
	"req.body_size"},
    {SERVER_HAPROXY, FAULT_LIMIT_ANSWER,
	"http-request deny deny_status 503 # in place of 413"},
    {SERVER_HAPROXY, FAULT_NO_LENGTH, "tune.bufsize 65536"},
    {SERVER_HAPROXY, FAULT_SLOW, "timeout client 30s"},
};

/* The four faults of a certificate are cured in one line. */
static enum fault
fault_of_line(enum fault fault)
{
	switch (fault) {
	case FAULT_CHAIN:
	case FAULT_EXPIRED:
	case FAULT_UNTRUSTED:
	case FAULT_NAME:
		return FAULT_CERTIFICATE;
	default:
		return fault;
	}
}

const char *
advice_line(enum server server, enum fault fault)
{
	size_t i;

	fault = fault_of_line(fault);
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].server == server && rows[i].fault == fault)
			return rows[i].line;
	return NULL;
}
