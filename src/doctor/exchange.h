/*
 * exchange.h: one request to the URL and its answer, over a connection of its
 * own, by libcurl. Redirects are not followed. What comes is bounded, see
 * web/incoming.h.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "web/incoming.h"

enum exchange_secret {
	EXCHANGE_GIVEN, /* as the user gave it, if at all */
	EXCHANGE_NONE,  /* without any */
	EXCHANGE_BASIC_WRONG,
	EXCHANGE_BASIC,  /* the password alone, without the URL's token */
	EXCHANGE_BEARER, /* the same, as a token */
};

/* Where all requests go, and how. */
struct exchange_peer {
	const char *url;       /* as given */
	const char *clean_url; /* without secrets */
	const char *user;      /* NAME:PASSWORD, or NULL */
	const char *password;  /* of `user` or of the URL, or NULL */
	const char *netrc;     /* a file, or NULL */
	const char *ca_file;   /* PEM, or NULL */
	bool any_certificate;
	bool only_ipv4;
	long timeout_s;
};

/*
 * The body is `head`, spaces up to `size` bytes in all, and `tail`; it is sent
 * piece by piece, so that a large one takes no memory.
 */
struct exchange_request {
	const char *method; /* NULL: POST */
	const char *suffix; /* behind the URL's path, or NULL */
	const char *query;  /* beside the URL's, or NULL */
	const char *type;   /* Content-Type; NULL: that of a form */
	const char *head, *tail;
	size_t size;   /* 0: head and tail alone */
	long pause_ms; /* between four pieces of the body */
	enum exchange_secret secret;
	bool chunked;  /* without a Content-Length */
	bool only_ask; /* the length, and not the body */
	bool http2;    /* where the server has it */
	bool verify;   /* the certificate, in any case */
	bool only_ipv6;
};

#define EXCHANGE_CERTIFICATE 256

struct exchange_answer {
	int code;          /* of libcurl; 0: all of the answer came */
	char failure[256]; /* ... its words for the others, printable */
	long verify;       /* what OpenSSL says of the certificate; 0: good */
	long status;       /* 0: there was no answer */
	bool is_http2;
	bool by_mixspool;   /* the answer has the looks of mixspool's own */
	char server[64];    /* the header Server, printable, or "" */
	char type[64];      /* Content-Type, likewise */
	char location[256]; /* where a redirect leads, without secrets, or "" */
	bool has_challenge; /* WWW-Authenticate */
	time_t date;        /* the header Date, or -1 */
	uint64_t sent;      /* bytes of the body */
	char text[INCOMING_LINE + 1]; /* the first line, printable */
	struct incoming incoming;
	/* With any_certificate, of the certificates: */
	int certificates;                  /* how many came */
	bool is_self_signed;               /* the first of them */
	time_t expires;                    /* likewise, or -1 */
	char issuer[EXCHANGE_CERTIFICATE]; /* likewise, printable */
};

/* 0, or -1 without memory. */
int exchange(const struct exchange_peer *peer,
    const struct exchange_request *request, struct exchange_answer *answer);

#endif
