#include "send/slot.h"

#include <string.h>

#define CONNECT_SECONDS 10L

/*
 * libcurl calls this before it sends a request. When a kept connection turns
 * out to be closed, libcurl would send the request again by itself; but the
 * server may have got the first one, so the caller decides about that.
 */
static int
allow_once(
    void *context, char *address, char *local_address, int port, int local_port)
{
	struct slot *slot = context;
	bool again = slot->begun;

	(void)address;
	(void)local_address;
	(void)port;
	(void)local_port;
	slot->begun = true;
	slot->stale = again;
	return again ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Half of the body, and then the connection is closed. */
static size_t
give_half(char *to, size_t size, size_t count, void *context)
{
	struct slot *slot = context;
	size_t left = slot->size / 2 - slot->sent;

	if (left == 0)
		return CURL_READFUNC_ABORT;
	if (left > size * count)
		left = size * count;
	memcpy(to, slot->body + slot->sent, left);
	slot->sent += left;
	return left;
}

/* Between the pieces that libcurl reads, also of those that it passes over. */
static int
watch_progress(void *context, curl_off_t to_download, curl_off_t downloaded,
    curl_off_t to_upload, curl_off_t uploaded)
{
	const struct slot *slot = context;

	(void)to_download;
	(void)downloaded;
	(void)to_upload;
	if (incoming_excess(&slot->incoming))
		return 1;
	return slot->fault == CLIENT_DROP_ANSWER &&
	       uploaded == (curl_off_t)slot->size;
}

/* A fast answer must not get past a fault. */
static size_t
take_header(char *from, size_t size, size_t count, void *context)
{
	struct slot *slot = context;

	(void)from;
	incoming_take_head(&slot->incoming, size * count);
	return slot->fault == CLIENT_NO_FAULT &&
		       !incoming_excess(&slot->incoming)
		   ? size * count
		   : 0;
}

static size_t
take_text(char *from, size_t size, size_t count, void *context)
{
	struct slot *slot = context;

	incoming_take_text(&slot->incoming, from, size * count);
	return incoming_excess(&slot->incoming) ? 0 : size * count;
}

/* libcurl shows the bytes here as they came, with their framing. */
static int
count_bytes(
    CURL *easy, curl_infotype type, char *bytes, size_t size, void *context)
{
	struct slot *slot = context;

	(void)easy;
	(void)bytes;
	if (type == CURLINFO_HEADER_IN || type == CURLINFO_DATA_IN)
		incoming_count(&slot->incoming, size);
	return 0;
}

static void
set_calls(struct slot *slot)
{
	curl_easy_setopt(slot->easy, CURLOPT_READFUNCTION, give_half);
	curl_easy_setopt(slot->easy, CURLOPT_READDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_PREREQFUNCTION, allow_once);
	curl_easy_setopt(slot->easy, CURLOPT_PREREQDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, take_text);
	curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(slot->easy, CURLOPT_HEADERDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_XFERINFOFUNCTION, watch_progress);
	curl_easy_setopt(slot->easy, CURLOPT_XFERINFODATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_DEBUGFUNCTION, count_bytes);
	curl_easy_setopt(slot->easy, CURLOPT_DEBUGDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_ERRORBUFFER, slot->failure);
	curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
}

static CURLcode
set_options(struct slot *slot, const struct client_options *options,
    struct curl_slist *headers)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_NOSIGNAL, 1},
	    {CURLOPT_POST, 1},
	    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	    {CURLOPT_HTTPAUTH, CURLAUTH_BASIC},
	    {CURLOPT_NOPROGRESS, 0},
	    {CURLOPT_VERBOSE, 1}, /* calls count_bytes */
	    {CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS},
	    {CURLOPT_TIMEOUT, (long)options->timeout_s},
	    {CURLOPT_SSL_VERIFYPEER, !options->insecure},
	    {CURLOPT_SSL_VERIFYHOST, options->insecure ? 0 : 2},
	    {CURLOPT_NETRC,
		options->netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED},
	};
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
	    {CURLOPT_URL, options->url},
	    {CURLOPT_USERAGENT, "mixspool/" MIXSPOOL_VERSION},
	    {CURLOPT_USERPWD, options->user},
	    {CURLOPT_NETRC_FILE, options->netrc},
	    {CURLOPT_PROXY, options->proxy},
	    {CURLOPT_CAINFO, options->ca_file},
	    {CURLOPT_PROXY_CAINFO, options->ca_file},
	};
	CURL *easy = slot->easy;
	CURLcode code = CURLE_OK;
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof *numbers && !code; i++)
		code =
		    curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
	for (i = 0; i < sizeof texts / sizeof *texts && !code; i++)
		if (texts[i].value)
			code = curl_easy_setopt(
			    easy, texts[i].option, texts[i].value);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (options->ca_file) {
		/* A folder of the system's would be trusted beside the file. */
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
	}
	set_calls(slot);
	return code;
}

int
slot_open(struct slot *slot, const struct client_options *options,
    struct curl_slist *headers)
{
	slot->easy = curl_easy_init();
	if (!slot->easy || set_options(slot, options, headers) != CURLE_OK)
		return -1;
	return 0;
}

int
slot_begin(struct slot *slot, void *context, const char *body, size_t size,
    enum client_fault fault)
{
	slot->context = context;
	slot->body = body;
	slot->size = size;
	slot->sent = 0;
	slot->fault = fault;
	slot->begun = slot->stale = false;
	incoming_begin(&slot->incoming);
	slot->failure[0] = slot->location[0] = '\0';
	/* Without POSTFIELDS, libcurl calls give_half. */
	curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS,
	    fault == CLIENT_CUT_BODY ? NULL : body);
	if (curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		(curl_off_t)size) != CURLE_OK)
		return -1;
	return 0;
}
