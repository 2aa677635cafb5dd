#include <string.h>

#include "send/slot.h"
#include "send/verdict.h"
#include "web/url.h"

/* libcurl's text for such a proxy has its password. */
static bool
is_wrong_proxy(const struct slot *slot)
{
	return strcasestr(slot->failure, "unsupported proxy") != NULL;
}

/* Whether a try with the same options would fail in the same way. */
static bool
is_lasting(const struct slot *slot, CURLcode code)
{
	static const CURLcode lasting[] = {
	    CURLE_UNSUPPORTED_PROTOCOL, /* also: the answer is not HTTP */
	    CURLE_URL_MALFORMAT,
	    CURLE_PEER_FAILED_VERIFICATION,
	    CURLE_SSL_CACERT_BADFILE,
	    CURLE_SSL_CERTPROBLEM,
	    CURLE_SSL_CIPHER,
	    CURLE_SSL_ISSUER_ERROR,
	    CURLE_SSL_INVALIDCERTSTATUS,
	};
	long proxy = 0;
	size_t i;

	for (i = 0; i < sizeof lasting / sizeof *lasting; i++)
		if (code == lasting[i])
			return true;
	if (is_wrong_proxy(slot))
		return true;
	curl_easy_getinfo(slot->easy, CURLINFO_HTTP_CONNECTCODE, &proxy);
	return verdict_of_status(proxy) == VERDICT_REFUSED;
}

/* SIZE bytes in printable ASCII, and '\0'. */
static void
show(char *to, const char *from, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (from[i] >= ' ' && from[i] <= '~')
			to[i] = from[i];
		else
			to[i] = '?';
	to[size] = '\0';
}

static const char *
why_none(struct slot *slot, CURLcode code)
{
	const char *excess = incoming_excess(&slot->incoming);

	if (slot->stale)
		return "the kept connection was closed";
	if (excess)
		return excess;
	/* libcurl 7.88 has one code for both. */
	if (code == CURLE_OUT_OF_MEMORY)
		return "no memory, or the answer has a header field of more "
		       "than 100 KB";
	if (is_wrong_proxy(slot))
		return "the URL of the proxy is wrong";
	if (slot->failure[0] == '\0')
		return curl_easy_strerror(code);
	show(slot->failure, slot->failure, strlen(slot->failure));
	return slot->failure;
}

static void
read_status(struct slot *slot, struct client_answer *answer)
{
	curl_off_t asked = 0;
	char *location = NULL;

	curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(slot->easy, CURLINFO_RETRY_AFTER, &asked);
	answer->asked_s = asked > 0 ? (uint64_t)asked : 0;
	curl_easy_getinfo(slot->easy, CURLINFO_REDIRECT_URL, &location);
	if (location)
		url_show(location, slot->location, sizeof slot->location);
}

void
slot_read_answer(struct slot *slot, CURLcode code, struct client_answer *answer)
{
	const struct incoming *incoming = &slot->incoming;
	const size_t line_size = incoming_line(incoming);
	curl_off_t us = 0;

	curl_easy_getinfo(slot->easy, CURLINFO_TOTAL_TIME_T, &us);
	show(slot->text, incoming->text, line_size);
	*answer = (struct client_answer){
	    .context = slot->context,
	    .text = slot->text,
	    .line = incoming->text,
	    .line_size = line_size,
	    .whole_size = incoming->is_cut ? 0 : incoming->text_size,
	    .location = slot->location,
	    .us = (uint64_t)us,
	};
	if (code == CURLE_OK) {
		read_status(slot, answer);
		return;
	}
	answer->why = why_none(slot, code);
	answer->stale = slot->stale;
	answer->is_lasting = slot->fault == CLIENT_NO_FAULT && !slot->stale &&
			     is_lasting(slot, code);
}
