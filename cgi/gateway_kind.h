/*
 * gateway_kind.h: what makes a gateway, one for CGI and one for FastCGI.
 *
 * Each function is the one of gateway.h with its name. `state` is the gateway's
 * own.
 */
#ifndef GATEWAY_KIND_H
#define GATEWAY_KIND_H

#include "cgi/gateway.h"

struct gateway_kind {
	const char *(*param)(const void *state, const char *name);
	char *const *(*params)(const void *state);
	size_t (*params_size)(const void *state);
	bool (*ends_body)(const void *state);
	ssize_t (*read)(void *state, void *buffer, size_t size);
	void (*skip)(void *state, uint64_t max); /* or NULL */
	int (*has_more)(void *state);
	bool (*read_timed_out)(const void *state);
	void (*write)(void *state, const char *text, size_t size);
	void (*write_large)(void *state, const char *text, size_t size);
	void (*log)(void *state, const char *line);
	void (*detach)(void *state);
	void (*end)(void *state);
};

struct gateway_request {
	const struct gateway_kind *kind;
	void *state;
};

#endif
