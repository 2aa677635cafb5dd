/* server.h: which web server an answer comes from, and where its configuration
 * is on Debian when mixspool's example was followed. */
#ifndef SERVER_H
#define SERVER_H

#include "base/attributes.h"

enum server {
	SERVER_OTHER,
	SERVER_NGINX,
	SERVER_APACHE,
	SERVER_LIGHTTPD,
	SERVER_CADDY,
	SERVER_H2O,
	SERVER_HAPROXY,
	SERVER_COUNT,
};

/*
 * By the header Server of an answer, "" when it has none: HAProxy sends none.
 */
enum server server_of(const char *header) MUST_USE;

/* For people: "nginx", "the web server". */
const char *server_name(enum server server) MUST_USE;

/* The file to change, or NULL. */
const char *server_file(enum server server) MUST_USE;

#endif
