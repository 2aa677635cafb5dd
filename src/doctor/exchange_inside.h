/* exchange_inside.h: what the parts of exchange.c share; for them alone. */
#ifndef EXCHANGE_INSIDE_H
#define EXCHANGE_INSIDE_H

#include <curl/curl.h>

#include "doctor/exchange.h"

struct exchange {
	const struct exchange_request *request;
	struct exchange_answer *answer;
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	size_t left;    /* bytes of the body, or SIZE_MAX: not begun */
	size_t size;    /* bytes of the body */
	bool has_store; /* Cache-Control: no-store */
	bool has_nosniff;
	char failure[CURL_ERROR_SIZE];
};

/* The body: sets libcurl's options for it. */
void exchange_set_body(struct exchange *exchange);

/* The answer: sets libcurl's calls, and reads what they leave when it has ended
   with CODE. */
void exchange_set_calls(struct exchange *exchange);
void exchange_read(struct exchange *exchange, CURLcode code);

#endif
