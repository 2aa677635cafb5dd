#include <string.h>
#include <time.h>

#include "doctor/exchange_inside.h"

static size_t
length_of(const char *text)
{
	return text ? strlen(text) : 0;
}

/* Puts the part of TEXT, which is at AT of the body, that is among COUNT bytes
   from BEGIN on. */
static void
put_part(char *to, size_t begin, size_t count, const char *text, size_t at)
{
	const size_t end = at + length_of(text);
	const size_t from = at > begin ? at : begin;
	const size_t until = end < begin + count ? end : begin + count;

	if (from < until)
		memcpy(to + (from - begin), text + (from - at), until - from);
}

static void
rest(long ms)
{
	struct timespec pause = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&pause, &pause) < 0)
		;
}

static size_t
give(char *to, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	const struct exchange_request *request = exchange->request;
	const size_t begin = exchange->size - exchange->left;
	size_t room = size * count;

	if (request->only_ask)
		return CURL_READFUNC_ABORT;
	if (request->pause_ms > 0 && exchange->left > 0) {
		if (begin > 0)
			rest(request->pause_ms);
		if (room > exchange->size / 4 + 1)
			room = exchange->size / 4 + 1;
	}
	if (room > exchange->left)
		room = exchange->left;
	memset(to, ' ', room);
	put_part(to, begin, room, request->head, 0);
	put_part(to, begin, room, request->tail,
	    exchange->size - length_of(request->tail));
	exchange->left -= room;
	return room;
}

/* libcurl sends the body again over a connection that was closed on it. */
static int
rewind_body(void *context, curl_off_t offset, int origin)
{
	struct exchange *exchange = context;

	if (origin != SEEK_SET || offset != 0)
		return CURL_SEEKFUNC_CANTSEEK;
	exchange->left = exchange->size;
	return CURL_SEEKFUNC_OK;
}

void
exchange_set_body(struct exchange *exchange)
{
	const struct exchange_request *request = exchange->request;
	const size_t least =
	    length_of(request->head) + length_of(request->tail);
	CURL *easy = exchange->easy;

	exchange->size = request->size > least ? request->size : least;
	exchange->left = exchange->size;
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    request->chunked ? (curl_off_t)-1 : (curl_off_t)exchange->size);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, exchange);
	if (request->only_ask)
		curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 5000L);
}
