/*
 * slot.h: one transfer of libcurl: a POST with its fault, sent once, and what
 * is kept of the answer. For client.c alone; client.h has the promises.
 */
#ifndef SLOT_H
#define SLOT_H

#include <curl/curl.h>

#include "send/client.h"
#include "web/incoming.h"

struct slot {
	CURL *easy;   /* owned by the client, whose multi handle it is in */
	bool is_busy; /* the client's */
	void *context;
	const char *body;
	size_t size, sent;
	enum client_fault fault;
	bool begun, stale;
	struct incoming incoming;
	char failure[CURL_ERROR_SIZE];  /* in the words of libcurl */
	char text[INCOMING_LINE + 1];   /* of client_answer */
	char location[CLIENT_LOCATION]; /* the same */
};

/* SLOT must not move after this. 0, or -1 without memory; `easy` is set or
 * NULL.
 */
int slot_open(struct slot *slot, const struct client_options *options,
    struct curl_slist *headers) MUST_USE;

/* Before `easy` is added to the multi handle. 0, or -1. */
int slot_begin(struct slot *slot, void *context, const char *body, size_t size,
    enum client_fault fault) MUST_USE;

/* When libcurl has ended with CODE. */
void slot_read_answer(
    struct slot *slot, CURLcode code, struct client_answer *answer);

#endif
