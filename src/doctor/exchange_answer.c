#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "doctor/exchange_inside.h"
#include "web/url.h"

static void
show(char *to, size_t room, const char *from, size_t size)
{
	size_t i;

	if (size > room - 1)
		size = room - 1;
	for (i = 0; i < size; i++)
		if (from[i] >= ' ' && from[i] <= '~')
			to[i] = from[i];
		else
			to[i] = '?';
	to[size] = '\0';
}

/* Sets the fields that a new status line begins with. */
static void
begin_answer(struct exchange *exchange)
{
	struct exchange_answer *answer = exchange->answer;

	answer->server[0] = answer->type[0] = '\0';
	answer->has_challenge = exchange->has_nosniff = exchange->has_store =
	    false;
	answer->date = -1;
}

static bool
is_name(const char *name, size_t size, const char *field)
{
	return size == strlen(field) && !strncasecmp(name, field, size);
}

static void
read_field(struct exchange *exchange, const char *name, size_t name_size,
    const char *value, size_t size)
{
	struct exchange_answer *answer = exchange->answer;
	char text[128];

	show(text, sizeof text, value, size);
	if (is_name(name, name_size, "Server"))
		show(answer->server, sizeof answer->server, value, size);
	else if (is_name(name, name_size, "Content-Type"))
		show(answer->type, sizeof answer->type, value, size);
	else if (is_name(name, name_size, "Date"))
		answer->date = curl_getdate(text, NULL);
	else if (is_name(name, name_size, "WWW-Authenticate"))
		answer->has_challenge = true;
	else if (is_name(name, name_size, "X-Content-Type-Options"))
		exchange->has_nosniff = !strcasecmp(text, "nosniff");
	else if (is_name(name, name_size, "Cache-Control"))
		exchange->has_store = strcasestr(text, "no-store") != NULL;
}

static size_t
take_header(char *from, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct incoming *incoming = &exchange->answer->incoming;
	const size_t length = size * count;
	const char *colon = memchr(from, ':', length), *value;
	size_t value_size;

	incoming_take_head(incoming, length);
	incoming_count(incoming, length);
	if (incoming_excess(incoming))
		return 0;
	if (length > 5 && !strncmp(from, "HTTP/", 5)) {
		begin_answer(exchange);
		return length;
	}
	if (!colon)
		return length;
	value = colon + 1;
	value_size = length - (size_t)(value - from);
	while (value_size > 0 && *value == ' ') {
		value++;
		value_size--;
	}
	while (value_size > 0 &&
	       (value[value_size - 1] == '\n' || value[value_size - 1] == '\r'))
		value_size--;
	read_field(exchange, from, (size_t)(colon - from), value, value_size);
	return length;
}

static size_t
take_text(char *from, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct incoming *incoming = &exchange->answer->incoming;

	incoming_take_text(incoming, from, size * count);
	incoming_count(incoming, size * count);
	return incoming_excess(incoming) ? 0 : size * count;
}

void
exchange_set_calls(struct exchange *exchange)
{
	CURL *easy = exchange->easy;

	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_text);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->failure);
}

/* The lines of the server's own certificate, "Name:value". */
static void
read_certificate(struct exchange_answer *answer, const struct curl_slist *lines)
{
	const char *subject = "", *issuer = "";

	for (; lines; lines = lines->next) {
		const char *line = lines->data;

		if (!strncmp(line, "Subject:", 8))
			subject = line + 8;
		else if (!strncmp(line, "Issuer:", 7))
			issuer = line + 7;
		else if (!strncmp(line, "Expire date:", 12))
			answer->expires = curl_getdate(line + 12, NULL);
	}
	answer->is_self_signed = !strcmp(subject, issuer);
	show(answer->issuer, sizeof answer->issuer, issuer, strlen(issuer));
}

static void
read_certificates(struct exchange *exchange)
{
	struct exchange_answer *answer = exchange->answer;
	struct curl_certinfo *certificates = NULL;

	curl_easy_getinfo(exchange->easy, CURLINFO_CERTINFO, &certificates);
	if (!certificates || certificates->num_of_certs < 1)
		return;
	answer->certificates = certificates->num_of_certs;
	read_certificate(answer, certificates->certinfo[0]);
}

/*
 * Every answer of mixspool has these two fields and a line of text or JSON. A
 * web server's own page has not, even where nosniff is set for all pages.
 */
static bool
is_by_mixspool(const struct exchange *exchange)
{
	const char *type = exchange->answer->type;

	return exchange->has_nosniff && exchange->has_store &&
	       (!strncasecmp(type, "text/plain", 10) ||
		   !strncasecmp(type, "application/json", 16) ||
		   (exchange->answer->status == 200 &&
		       !strncasecmp(type, "text/html", 9)));
}

void
exchange_read(struct exchange *exchange, CURLcode code)
{
	struct exchange_answer *answer = exchange->answer;
	CURL *easy = exchange->easy;
	char *location = NULL;
	const char *failure = exchange->failure;
	long version = 0;

	if (code != CURLE_OK && *failure == '\0')
		failure = curl_easy_strerror(code);
	answer->code = (int)code;
	show(answer->failure, sizeof answer->failure, failure, strlen(failure));
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &answer->verify);
	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
	answer->is_http2 = version == CURL_HTTP_VERSION_2_0;
	answer->sent = exchange->size - exchange->left;
	if (location)
		url_show(location, answer->location, sizeof answer->location);
	show(answer->text, sizeof answer->text, answer->incoming.text,
	    incoming_line(&answer->incoming));
	/* An interim answer is none. */
	if (answer->status < 200)
		answer->status = 0;
	answer->by_mixspool = answer->status != 0 && is_by_mixspool(exchange);
	read_certificates(exchange);
}
